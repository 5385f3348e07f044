package io.millrace.ort;

import io.millrace.api.ModelManifest;
import io.millrace.model.graph.DecoderPorts;
import io.millrace.model.graph.ShardCut;
import io.millrace.model.onnx.ElementType;
import io.millrace.ort.capi.IoBinding;
import io.millrace.ort.capi.NativeTensor;
import io.millrace.ort.capi.OrtMemory;
import io.millrace.ort.device.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * Keys and values of a shard's layers: per layer twice float32 {@code [slots, kvHeads, capacity, headDim]}.
 *
 * <p>ONNX Runtime's attention gets neighbouring slots as tensors over this memory, as input and as output, and writes the new
 * positions in place. The tensors are kept, since making them costs more than handing them over; there are at most
 * {@code slots * (slots + 1) / 2} ranges. {@link JavaAttention} gets the memory itself, in which its keys lie in another order
 * within each 16 positions.
 */
final class KvCache implements SlotAccess, AutoCloseable {
    private final ModelManifest model;
    private final ShardCut cut;
    private final int capacity;
    private final MemorySegment[] keys;
    private final MemorySegment[] values;
    private final Map<SlotRange, Tensors> ranges = new HashMap<>();

    /** Neighbouring slots. */
    record SlotRange(int first, int count) {}

    /** The same tensors under the names of the graph's inputs and of its outputs. */
    private record Tensors(Map<String, NativeTensor> past, Map<String, NativeTensor> present) {}

    /**
     * @param capacity positions per slot
     * @param arena    that the memory belongs to
     */
    KvCache(ModelManifest model, ShardCut cut, int slots, int capacity, Arena arena) {
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

    int capacity() {
        return capacity;
    }

    /** A layer's keys in all slots. */
    MemorySegment keys(int layer) {
        return keys[layer];
    }

    /** A layer's values in all slots. */
    MemorySegment values(int layer) {
        return values[layer];
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

    @Override
    public void bind(SlotRange slots, IoBinding binding) {
        Tensors tensors = tensors(slots);
        tensors.past().forEach(binding::input);
        tensors.present().forEach(binding::output);
    }

    /** What is bound says it all. */
    @Override
    public void cover(SlotRange slots) {}

    /** Sessions ask for theirs at the same time. */
    private synchronized Tensors tensors(SlotRange range) {
        return ranges.computeIfAbsent(range, this::create);
    }

    private Tensors create(SlotRange range) {
        Map<String, NativeTensor> past = new HashMap<>();
        Map<String, NativeTensor> present = new HashMap<>();
        for (int i = 0; i < cut.size(); i++) {
            int layer = cut.first() + i;
            NativeTensor key = tensor(keys[i], range);
            past.put(DecoderPorts.pastKey(layer), key);
            present.put(DecoderPorts.presentKey(layer), key);
            NativeTensor value = tensor(values[i], range);
            past.put(DecoderPorts.pastValue(layer), value);
            present.put(DecoderPorts.presentValue(layer), value);
        }
        return new Tensors(past, present);
    }

    private NativeTensor tensor(MemorySegment memory, SlotRange range) {
        long slot = slotBytes(model, capacity);
        MemorySegment slice = memory.asSlice(range.first * slot, range.count * slot);
        return NativeTensor.over(
                slice, OrtMemory.HOST, ElementType.FLOAT32, range.count, model.kvHeads(), capacity, model.headDim());
    }

    @Override
    public void close() {
        ranges.values().forEach(tensors -> tensors.past().values().forEach(NativeTensor::close));
    }
}
