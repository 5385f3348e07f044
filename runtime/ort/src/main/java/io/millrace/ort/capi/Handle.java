package io.millrace.ort.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;

/** Owns one native object. */
final class Handle implements AutoCloseable {
    private final HandleCount.Kind kind;
    private final MemorySegment pointer;
    private final OrtFunction.Release release;
    private boolean closed;

    private Handle(HandleCount.Kind kind, MemorySegment pointer, OrtFunction.Release release) {
        this.kind = kind;
        this.pointer = pointer;
        this.release = release;
        HandleCount.made(kind);
    }

    /** @param create is given the place to which ONNX Runtime writes the new object's address */
    static Handle make(HandleCount.Kind kind, OrtFunction.Release release, Consumer<MemorySegment> create) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
            create.accept(out);
            return new Handle(kind, out.get(ValueLayout.ADDRESS, 0), release);
        }
    }

    /** @throws IllegalStateException after {@link #close}: ONNX Runtime would read freed memory */
    MemorySegment pointer() {
        if (closed) {
            throw new IllegalStateException(kind + " is closed");
        }
        return pointer;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            release.call(pointer);
            HandleCount.released(kind);
        }
    }
}
