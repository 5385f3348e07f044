package io.millrace.ort;

import io.millrace.api.Limits;
import io.millrace.api.ModelManifest;
import io.millrace.engine.KvSharing;
import io.millrace.engine.StepPlan;
import io.millrace.model.graph.ShardCut;
import io.millrace.ort.device.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Keys and values of prefixes beside the rows of a {@link KvCache}: per layer twice float32
 * {@code [blocks, kvHeads, COPY_TOKENS, headDim]}. Which block holds what, the scheduler knows.
 */
final class PrefixStore {
    private final KvCache rows;
    private final int kvHeads;
    private final int blocks;

    /** Bytes of a block's positions for one head. */
    private final long run;

    /** By layer. */
    private final MemorySegment[] keys;

    private final MemorySegment[] values;

    /** @param arena that the memory belongs to */
    PrefixStore(KvCache rows, ModelManifest model, ShardCut cut, int blocks, Arena arena) {
        this.rows = rows;
        this.kvHeads = model.kvHeads();
        this.blocks = blocks;
        this.run = (long) KvSharing.COPY_TOKENS * model.headDim() * Float.BYTES;
        this.keys = new MemorySegment[cut.size()];
        this.values = new MemorySegment[cut.size()];
        for (int i = 0; i < cut.size(); i++) {
            keys[i] = NativeMemory.allocate(blocks * kvHeads * run, arena);
            values[i] = NativeMemory.allocate(blocks * kvHeads * run, arena);
        }
    }

    static int blocks(Limits limits) {
        return limits.prefixCacheTokens() / KvSharing.COPY_TOKENS;
    }

    /** Bytes of {@code layers} of a model's layers. */
    static long bytes(ModelManifest model, int layers, Limits limits) {
        long positions = (long) blocks(limits) * KvSharing.COPY_TOKENS;
        return 2L * layers * model.kvHeads() * model.headDim() * Float.BYTES * positions;
    }

    /** @throws IllegalArgumentException where the copy names a block that is not in the store */
    void check(StepPlan.Copy copy) {
        for (int block : copy.blocks()) {
            if (block < 0 || block >= blocks) {
                throw new IllegalArgumentException("prefix block " + block + " of " + blocks);
            }
        }
    }

    void copy(StepPlan.Copy copy) {
        for (int layer = 0; layer < keys.length; layer++) {
            copy(copy, rows.keys(layer, copy.slot()), keys[layer]);
            copy(copy, rows.values(layer, copy.slot()), values[layer]);
        }
    }

    /** @param row one slot's {@code [kvHeads, capacity, headDim]} of one layer */
    private void copy(StepPlan.Copy copy, MemorySegment row, MemorySegment store) {
        long position = run / KvSharing.COPY_TOKENS;
        long head = row.byteSize() / kvHeads;
        for (int h = 0; h < kvHeads; h++) {
            long at = h * head + copy.start() * position;
            for (int block : copy.blocks()) {
                long stored = ((long) block * kvHeads + h) * run;
                switch (copy.kind()) {
                    case SAVE -> MemorySegment.copy(row, at, store, stored, run);
                    case LOAD -> MemorySegment.copy(store, stored, row, at, run);
                }
                at += run;
            }
        }
    }
}
