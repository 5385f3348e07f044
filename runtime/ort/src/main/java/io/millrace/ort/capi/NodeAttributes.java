package io.millrace.ort.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Over an OrtKernelInfo. */
record NodeAttributes(MemorySegment info) implements KernelAttributes {
    @Override
    public long integer(String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            OrtApi.GET_INT64_ATTRIBUTE.call(info, arena.allocateFrom(name), out);
            return out.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    @Override
    public float real(String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_FLOAT);
            OrtApi.GET_FLOAT_ATTRIBUTE.call(info, arena.allocateFrom(name), out);
            return out.get(ValueLayout.JAVA_FLOAT, 0);
        }
    }
}
