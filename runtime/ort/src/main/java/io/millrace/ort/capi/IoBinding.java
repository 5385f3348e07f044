package io.millrace.ort.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * Which memory a session's inputs and outputs are in. What is bound stays bound from run to run, so a step binds anew
 * only what changes its address or shape; weights are bound once.
 */
public final class IoBinding implements AutoCloseable {
    private final Handle binding;
    private final Arena arena = Arena.ofAuto();
    /** Bounded by the graph's inputs and outputs: other names are refused by ONNX Runtime. */
    private final Map<String, MemorySegment> names = new HashMap<>();

    IoBinding(MemorySegment session) {
        binding = Handle.make(
                HandleCount.Kind.IO_BINDING,
                OrtApi.RELEASE_IO_BINDING,
                out -> OrtApi.CREATE_IO_BINDING.call(session, out));
    }

    /**
     * Reads an input from the tensor's memory, in place of what it was bound to before. Memory on another device than the
     * one that reads it is copied, here and once: changes made to it later are not seen.
     */
    public void input(String name, NativeTensor tensor) {
        OrtApi.BIND_INPUT.call(pointer(), name(name), tensor.pointer());
    }

    /** Writes an output to the tensor's memory, whose shape must be the output's. */
    public void output(String name, NativeTensor tensor) {
        OrtApi.BIND_OUTPUT.call(pointer(), name(name), tensor.pointer());
    }

    private MemorySegment name(String name) {
        return names.computeIfAbsent(name, arena::allocateFrom);
    }

    MemorySegment pointer() {
        return binding.pointer();
    }

    @Override
    public void close() {
        binding.close();
    }
}
