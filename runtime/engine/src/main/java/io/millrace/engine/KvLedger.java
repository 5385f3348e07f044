package io.millrace.engine;

import io.millrace.api.Limits;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Who holds which row and which blocks of the KV cache. No memory is touched here.
 *
 * <p><b>Reuse.</b> What a sequence gives back may go to another one at once, even while a step in flight still holds
 * the old owner. Every stage runs steps in the order of their ids, so the old owner's last writes land before the new
 * owner's first; and a sequence only ever reads positions that it has itself written since it got the row, or that were
 * given to it as a known prefix. The same holds for a step that was rolled back here and still runs there.
 */
final class KvLedger {
    private static final int[] NO_BLOCKS = {};

    private final int slots;
    private final int blockTokens;
    private final BitSet takenSlots = new BitSet();
    private final BlockPool pool;
    private final PrefixSharing sharing;

    KvLedger(Limits limits, KvSharing sharing) {
        this.slots = limits.maxBatch();
        this.blockTokens = limits.blockTokens();
        this.pool = new BlockPool(limits.kvBlocks());
        int kept = limits.prefixCacheTokens();
        this.sharing = switch (sharing) {
            case IN_PLACE -> kept > 0 ? new BlocksInPlace(pool, blockTokens) : new BlocksByCopy(0);
            case BY_COPY -> new BlocksByCopy(kept / KvSharing.COPY_TOKENS);
            case NONE -> new BlocksByCopy(0);
        };
    }

    PrefixSharing sharing() {
        return sharing;
    }

    int freeSlots() {
        return slots - takenSlots.cardinality();
    }

    int freeBlocks() {
        return pool.free();
    }

    /** Whether a row and blocks for all known tokens are free: a prompt is not begun that cannot be finished. */
    boolean hasRoomFor(Sequence sequence) {
        int shared = sharing.held(sequence, (sequence.length() - 1) / sharing.unit());
        return freeSlots() > 0 && pool.free() >= blocksFor(sequence.length()) - shared;
    }

    /** Gives the lowest free row: runners whose batch is a prefix of rows then compute fewer. */
    void takeSlot(Sequence sequence) {
        int slot = takenSlots.nextClearBit(0);
        takenSlots.set(slot);
        sequence.slot = slot;
        sequence.blocks = NO_BLOCKS;
    }

    /** Takes the blocks that {@code positions} need beyond those held; takes none and says false if they are not free. */
    boolean reserve(Sequence sequence, int positions) {
        int held = sequence.blocks.length;
        int needed = blocksFor(positions);
        if (needed - held > pool.free()) {
            return false;
        }
        if (needed > held) {
            // A new array: plans in flight keep the old one.
            sequence.blocks = Arrays.copyOf(sequence.blocks, needed);
            for (int i = held; i < needed; i++) {
                sequence.blocks[i] = pool.take();
            }
        }
        return true;
    }

    /** Gives back the blocks past {@code positions}. */
    void trim(Sequence sequence, int positions) {
        int needed = blocksFor(positions);
        for (int i = sequence.blocks.length - 1; i >= needed; i--) {
            pool.give(sequence.blocks[i]);
        }
        sequence.blocks = Arrays.copyOf(sequence.blocks, needed);
    }

    void release(Sequence sequence) {
        trim(sequence, 0);
        takenSlots.clear(sequence.slot);
        sequence.slot = Sequence.NO_SLOT;
    }

    private int blocksFor(int positions) {
        return Math.ceilDiv(positions, blockTokens);
    }
}
