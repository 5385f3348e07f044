package io.millrace.ort.paged;

import io.millrace.model.onnx.ElementType;
import io.millrace.model.paged.PagedPorts;
import io.millrace.model.paged.RankWeights;
import io.millrace.model.paged.WeightTensor;
import io.millrace.ort.device.Device;
import io.millrace.ort.device.Fence;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A rank's weights and cache on its device, which all sessions of the rank share. */
final class RankMemory {
    /** Of the staging memory that weights pass through. */
    private static final long PIECE_BYTES = 8L << 20;

    private final RankModel model;
    private final Device device;
    private final Owned owned;
    private final List<Part> parts = new ArrayList<>();

    /** What a graph calls {@code name}. */
    record Part(String name, MemorySegment memory, ElementType type, List<Long> shape) {}

    private RankMemory(RankModel model, Device device, Owned owned) {
        this.model = model;
        this.device = device;
        this.owned = owned;
    }

    /**
     * @param owned takes over what is allocated, also where a later part fails
     * @throws IOException where the weights cannot be read
     */
    static RankMemory load(RankModel model, Device device, RankWeights weights, Owned owned) throws IOException {
        RankMemory memory = new RankMemory(model, device, owned);
        memory.load(weights);
        memory.layOutCache();
        return memory;
    }

    List<Part> parts() {
        return parts;
    }

    private void load(RankWeights weights) throws IOException {
        MemorySegment staging = device.staging(PIECE_BYTES);
        try {
            for (WeightTensor tensor : weights.tensors()) {
                MemorySegment whole = owned.allocate(device, tensor.bytes());
                weights.read(tensor, staging, (piece, offset) -> {
                    device.copyIn(whole.asSlice(offset, piece.byteSize()), piece);
                    await(); // the piece is overwritten next
                });
                parts.add(new Part(
                        tensor.name(),
                        whole,
                        tensor.type(),
                        tensor.shape().stream().map(Number::longValue).toList()));
            }
        } finally {
            device.releaseStaging(staging);
        }
    }

    private void layOutCache() {
        List<Long> shape = List.of(
                model.limits().kvBlocks() + 1L,
                (long) model.limits().blockTokens(),
                (long) model.rank().kvHeads().size(),
                (long) model.manifest().headDim());
        int layers = model.rank().layers().size();
        for (int i = model.rank().layers().first(); i < model.rank().layers().end(); i++) {
            for (String port : List.of(PagedPorts.keyCache(i), PagedPorts.valueCache(i))) {
                MemorySegment part = owned.allocate(device, model.cacheBytes() / 2 / layers);
                // What was there before may be no number, and nothing times no number is no number.
                device.fill(part, (byte) 0);
                parts.add(new Part(port, part, model.precision().cache(), shape));
            }
        }
    }

    private void await() {
        try (Fence fence = device.fence()) {
            fence.await();
        }
    }
}
