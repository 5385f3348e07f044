package io.millrace.ort.capi;

import io.millrace.model.onnx.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Memory of the caller's, seen as a tensor. The memory must outlive all bindings to it; the tensor itself may be closed
 * once it is bound.
 */
public final class NativeTensor implements AutoCloseable {
    private final Handle value;

    private NativeTensor(Handle value) {
        this.value = value;
    }

    /**
     * @param memory begins with the tensor, row-major; may be longer
     * @param where  the memory lies
     * @throws IllegalArgumentException where the memory is too short
     */
    public static NativeTensor over(MemorySegment memory, OrtMemory where, ElementType type, long... shape) {
        long bytes = bytes(type, shape);
        if (bytes > memory.byteSize()) {
            throw new IllegalArgumentException(
                    "a tensor of " + bytes + " bytes does not fit into " + memory.byteSize());
        }
        try (Arena arena = Arena.ofConfined();
                Handle info = where.handle()) {
            MemorySegment dimensions = arena.allocateFrom(ValueLayout.JAVA_LONG, shape);
            return new NativeTensor(Handle.make(
                    HandleCount.Kind.VALUE,
                    OrtApi.RELEASE_VALUE,
                    out -> OrtApi.CREATE_TENSOR_WITH_DATA.call(
                            info.pointer(), memory, bytes, dimensions, shape.length, type.onnx(), out)));
        }
    }

    /** @throws ArithmeticException above 2^63 */
    static long bytes(ElementType type, long... shape) {
        long bytes = type.bytes();
        for (long dimension : shape) {
            bytes = Math.multiplyExact(bytes, dimension);
        }
        return bytes;
    }

    MemorySegment pointer() {
        return value.pointer();
    }

    @Override
    public void close() {
        value.close();
    }
}
