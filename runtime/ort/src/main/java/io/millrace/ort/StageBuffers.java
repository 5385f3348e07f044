package io.millrace.ort;

import io.millrace.ort.device.NativeMemory;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;

/** Direct buffers in native order that live as long as their stage. */
record StageBuffers(Arena arena) {
    IntBuffer ints(int count) {
        return bytes(count, Integer.BYTES).asIntBuffer();
    }

    LongBuffer longs(int count) {
        return bytes(count, Long.BYTES).asLongBuffer();
    }

    FloatBuffer floats(int rows, int width) {
        return bytes(rows, width * Float.BYTES).asFloatBuffer();
    }

    ByteBuffer bytes(int count, int size) {
        return NativeMemory.allocate((long) count * size, arena).asByteBuffer().order(ByteOrder.nativeOrder());
    }
}
