package io.millrace.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SequencedSet;

/**
 * The blocks whose content is known by a {@link BlockKey}, and the order in which they go.
 *
 * <p>One that somebody holds never goes. One that nobody holds is <em>idle</em>: it can be found and held again, until its
 * memory is wanted; the one idle longest goes first. Whoever gives a prefix back does it from its end, so that a prefix loses its
 * tail before its head, without which the tail is of no use.
 */
final class PrefixCache {
    private final Map<BlockKey, Integer> blocks = new HashMap<>();
    /** By block; null where it is not known what the block holds. */
    private final BlockKey[] keys;

    private final SequencedSet<Integer> idle = new LinkedHashSet<>();
    private long evictions;

    PrefixCache(int blocks) {
        keys = new BlockKey[blocks];
    }

    OptionalInt find(BlockKey key) {
        Integer block = blocks.get(key);
        return block == null ? OptionalInt.empty() : OptionalInt.of(block);
    }

    /** Lets {@code block}, which is held, be found; does nothing where another block already is what {@code key} finds. */
    void name(int block, BlockKey key) {
        if (keys[block] == null && blocks.putIfAbsent(key, block) == null) {
            keys[block] = key;
        }
    }

    boolean knows(int block) {
        return keys[block] != null;
    }

    /** Nobody holds {@code block} any more. */
    void rest(int block) {
        idle.addLast(block);
    }

    /** Somebody holds {@code block} again. */
    void wake(int block) {
        if (!idle.remove(block)) {
            throw new IllegalStateException("KV block " + block + " is not idle");
        }
    }

    int idle() {
        return idle.size();
    }

    /** Takes out the block that was idle longest. */
    int evict() {
        int block = idle.removeFirst();
        forget(block);
        evictions++;
        return block;
    }

    /** Nothing can be found any more; returns the blocks that were idle. */
    List<Integer> forget() {
        List<Integer> were = List.copyOf(idle);
        idle.clear();
        blocks.clear();
        Arrays.fill(keys, null);
        return were;
    }

    /** How often a block went because its memory was wanted, ever. */
    long evictions() {
        return evictions;
    }

    /** Blocks that can be found. */
    int size() {
        return blocks.size();
    }

    private void forget(int block) {
        blocks.remove(keys[block]);
        keys[block] = null;
    }
}
