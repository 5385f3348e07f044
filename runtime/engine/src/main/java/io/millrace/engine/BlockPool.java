package io.millrace.engine;

import java.util.OptionalInt;

/**
 * KV blocks, each held by nobody, by one holder, or by several that share it. Free ones are taken last in first out, so that
 * warm memory is used again, and before any that still hold a known prefix.
 */
final class BlockPool {
    private final int[] free;
    /** By block. */
    private final int[] holders;

    private final PrefixCache cache;
    private int count;

    BlockPool(int blocks) {
        free = new int[blocks];
        holders = new int[blocks];
        cache = new PrefixCache(blocks);
        for (int i = 0; i < blocks; i++) {
            free[i] = blocks - 1 - i;
        }
        count = blocks;
    }

    /** Blocks that can be taken, those that hold a prefix for nobody included. */
    int free() {
        return count + cache.idle();
    }

    int size() {
        return free.length;
    }

    int take() {
        if (free() == 0) {
            throw new IllegalStateException("no free KV block: reserve first");
        }
        int block = count > 0 ? free[--count] : cache.evict();
        holders[block] = 1;
        return block;
    }

    void give(int block) {
        if (holders[block] == 0) {
            throw new IllegalStateException("KV block " + block + " given back twice");
        }
        if (--holders[block] > 0) {
            return;
        }
        if (cache.knows(block)) {
            cache.rest(block);
        } else {
            free[count++] = block;
        }
    }

    /** One holder more, where {@code key} is the key of some block. */
    OptionalInt share(BlockKey key) {
        OptionalInt found = cache.find(key);
        if (found.isPresent() && holders[found.getAsInt()]++ == 0) {
            cache.wake(found.getAsInt());
        }
        return found;
    }

    /** Whether a block of this key is there and held: sharing it takes nothing from {@link #free}. */
    boolean holds(BlockKey key) {
        OptionalInt found = cache.find(key);
        return found.isPresent() && holders[found.getAsInt()] > 0;
    }

    /** Lets a block that is held, and from here on written by nobody, be shared. */
    void name(int block, BlockKey key) {
        if (holders[block] == 0) {
            throw new IllegalStateException("KV block " + block + " is held by nobody");
        }
        cache.name(block, key);
    }

    /** What the blocks hold is not known any more, as where a stage was started anew; who holds one keeps it. */
    void forget() {
        for (int block : cache.forget()) {
            free[count++] = block;
        }
    }

    PrefixCache cache() {
        return cache;
    }
}
