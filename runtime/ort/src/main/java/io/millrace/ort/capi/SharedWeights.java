package io.millrace.ort.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * Initializers that sessions have in common: in memory once, and once more as operators pack them for themselves. Sessions that
 * share them are made one after the other, before any of them runs: each packs, and finds that it was done. To be closed after all of them.
 */
public final class SharedWeights implements AutoCloseable {
    private final Arena names = Arena.ofShared();
    private final Map<String, NativeTensor> tensors;
    private final Handle packed = Handle.make(
            HandleCount.Kind.PACKED_WEIGHTS, OrtApi.RELEASE_PACKED_WEIGHTS, OrtApi.CREATE_PACKED_WEIGHTS::call);

    /** @param tensors by the initializer's name; closed with this, whose memory must live as long */
    public SharedWeights(Map<String, NativeTensor> tensors) {
        this.tensors = Map.copyOf(tensors);
    }

    /** ONNX Runtime keeps what it is given until the session is closed. */
    void addTo(MemorySegment sessionOptions) {
        tensors.forEach((name, tensor) ->
                OrtApi.ADD_INITIALIZER.call(sessionOptions, names.allocateFrom(name), tensor.pointer()));
    }

    MemorySegment packed() {
        return packed.pointer();
    }

    @Override
    public void close() {
        packed.close();
        tensors.values().forEach(NativeTensor::close);
        if (names.scope().isAlive()) {
            names.close();
        }
    }
}
