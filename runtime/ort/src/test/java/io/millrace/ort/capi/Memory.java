package io.millrace.ort.capi;

import io.millrace.model.onnx.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Float vectors and matrices in host memory that lives as long as the process. */
final class Memory {
    private Memory() {}

    static MemorySegment floats(float... values) {
        return Arena.global().allocateFrom(ValueLayout.JAVA_FLOAT, values);
    }

    static float[] read(MemorySegment memory) {
        return memory.toArray(ValueLayout.JAVA_FLOAT);
    }

    static NativeTensor tensor(MemorySegment memory, long... shape) {
        return NativeTensor.over(memory, OrtMemory.HOST, ElementType.FLOAT32, shape);
    }
}
