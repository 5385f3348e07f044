package io.millrace.engine;

import java.util.BitSet;

/** Free KV blocks, last in first out so that warm memory is used again. Every block is free or taken, once. */
final class BlockPool {
    private final int[] free;
    private final BitSet taken;
    private int count;

    BlockPool(int blocks) {
        free = new int[blocks];
        taken = new BitSet(blocks);
        for (int i = 0; i < blocks; i++) {
            free[i] = blocks - 1 - i;
        }
        count = blocks;
    }

    int free() {
        return count;
    }

    int take() {
        if (count == 0) {
            throw new IllegalStateException("no free KV block: reserve first");
        }
        int block = free[--count];
        taken.set(block);
        return block;
    }

    void give(int block) {
        if (!taken.get(block)) {
            throw new IllegalStateException("KV block " + block + " given back twice");
        }
        taken.clear(block);
        free[count++] = block;
    }
}
