package io.millrace.ort;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import io.millrace.api.ModelManifest;
import io.millrace.model.graph.DecoderPorts;
import io.millrace.model.graph.ShardCut;
import io.millrace.ort.device.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * Keys and values of a shard's layers: per layer twice float32 {@code [slots, kvHeads, capacity, headDim]}.
 *
 * <p>A session gets neighbouring slots as tensors over this memory, as input and as output: attention writes the new
 * positions in place. The tensors are kept, since making them costs more than handing them over; there are at most
 * {@code slots * (slots + 1) / 2} ranges.
 */
final class KvCache implements AutoCloseable {
    private final OrtEnvironment environment;
    private final ModelManifest model;
    private final ShardCut cut;
    private final int capacity;
    private final MemorySegment[] keys;
    private final MemorySegment[] values;
    private final Map<SlotRange, Tensors> ranges = new HashMap<>();

    private record SlotRange(int first, int count) {}

    /** The same tensors under the names of the graph's inputs and of its outputs. */
    record Tensors(Map<String, OnnxTensor> past, Map<String, OnnxTensor> present) {}

    /**
     * @param capacity positions per slot
     * @param arena    that the memory belongs to
     */
    KvCache(OrtEnvironment environment, ModelManifest model, ShardCut cut, int slots, int capacity, Arena arena) {
        this.environment = environment;
        this.model = model;
        this.cut = cut;
        this.capacity = capacity;
        this.keys = new MemorySegment[cut.size()];
        this.values = new MemorySegment[cut.size()];
        for (int i = 0; i < cut.size(); i++) {
            keys[i] = NativeMemory.allocate(slots * slotBytes(model, capacity), arena);
            values[i] = NativeMemory.allocate(slots * slotBytes(model, capacity), arena);
        }
    }

    /** Bytes of one slot's keys, or values, in one layer. */
    static long slotBytes(ModelManifest model, int capacity) {
        return (long) model.kvHeads() * capacity * model.headDim() * Float.BYTES;
    }

    /** One slot's keys of a layer of the shard, {@code [kvHeads, capacity, headDim]}. */
    MemorySegment keys(int layer, int slot) {
        return slot(keys[layer], slot);
    }

    /** One slot's values of a layer of the shard, {@code [kvHeads, capacity, headDim]}. */
    MemorySegment values(int layer, int slot) {
        return slot(values[layer], slot);
    }

    private MemorySegment slot(MemorySegment layer, int slot) {
        long bytes = slotBytes(model, capacity);
        return layer.asSlice(slot * bytes, bytes);
    }

    Tensors tensors(int firstSlot, int count) throws OrtException {
        SlotRange range = new SlotRange(firstSlot, count);
        Tensors known = ranges.get(range);
        if (known == null) {
            known = create(range);
            ranges.put(range, known);
        }
        return known;
    }

    private Tensors create(SlotRange range) throws OrtException {
        Map<String, OnnxTensor> past = new HashMap<>();
        Map<String, OnnxTensor> present = new HashMap<>();
        for (int i = 0; i < cut.size(); i++) {
            int layer = cut.first() + i;
            OnnxTensor key = tensor(keys[i], range);
            past.put(DecoderPorts.pastKey(layer), key);
            present.put(DecoderPorts.presentKey(layer), key);
            OnnxTensor value = tensor(values[i], range);
            past.put(DecoderPorts.pastValue(layer), value);
            present.put(DecoderPorts.presentValue(layer), value);
        }
        return new Tensors(past, present);
    }

    private OnnxTensor tensor(MemorySegment memory, SlotRange range) throws OrtException {
        long slot = slotBytes(model, capacity);
        FloatBuffer slice = memory.asSlice(range.first * slot, range.count * slot)
                .asByteBuffer()
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        long[] shape = {range.count, model.kvHeads(), capacity, model.headDim()};
        return OnnxTensor.createTensor(environment, slice, shape);
    }

    @Override
    public void close() {
        ranges.values().forEach(tensors -> tensors.past().values().forEach(OnnxTensor::close));
    }
}
