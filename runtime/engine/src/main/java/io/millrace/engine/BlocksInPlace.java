package io.millrace.engine;

import io.millrace.engine.StepPlan.Copy;
import java.util.Arrays;
import java.util.List;

/** {@link KvSharing#IN_PLACE}: sequences hold the same blocks of the pool. */
final class BlocksInPlace implements PrefixSharing {
    private final BlockPool pool;
    private final int blockTokens;

    BlocksInPlace(BlockPool pool, int blockTokens) {
        this.pool = pool;
        this.blockTokens = blockTokens;
    }

    @Override
    public int unit() {
        return blockTokens;
    }

    @Override
    public boolean on() {
        return true;
    }

    @Override
    public int known(Sequence sequence, int from, int to) {
        int at = from;
        while (at < to && pool.cache().find(sequence.key(at, blockTokens)).isPresent()) {
            at++;
        }
        return at - from;
    }

    @Override
    public int held(Sequence sequence, int to) {
        int at = 0;
        while (at < to && pool.holds(sequence.key(at, blockTokens))) {
            at++;
        }
        return at;
    }

    @Override
    public boolean adopt(Sequence sequence, int from, int to, KvLedger kv) {
        int[] blocks = Arrays.copyOf(sequence.blocks, to); // plans in flight keep the old one
        for (int i = from; i < to; i++) {
            blocks[i] = pool.share(sequence.key(i, blockTokens)).orElseThrow();
        }
        sequence.blocks = blocks;
        return true;
    }

    /** Whoever held part of a block would write to the rest of it. */
    @Override
    public int adoptPart(Sequence sequence, int index, int most, KvLedger kv) {
        return 0;
    }

    @Override
    public void computed(Sequence sequence, int from, int to) {
        for (int i = from; i < to; i++) {
            pool.name(sequence.blocks[i], sequence.key(i, blockTokens));
        }
    }

    @Override
    public List<Copy> takeCopies() {
        return List.of();
    }

    /** What is known was committed: no step that failed has written to it. */
    @Override
    public void rolledBack() {}

    @Override
    public void forget() {
        pool.forget();
    }

    @Override
    public int size() {
        return pool.cache().size();
    }

    @Override
    public long evictions() {
        return pool.cache().evictions();
    }
}
