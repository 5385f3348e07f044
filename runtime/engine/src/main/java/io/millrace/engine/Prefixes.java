package io.millrace.engine;

import java.util.HashMap;
import java.util.Map;

/**
 * What sequences have in common: lets one go on from what others have computed, and makes it wait where another one is computing
 * just that.
 *
 * <p>Blocks become known when the step that computed them is committed, so what is known is right. The last known token of a
 * sequence is always computed, since its logits draw the next one.
 */
final class Prefixes {
    private final KvLedger kv;
    private final PrefixSharing sharing;

    /** Blocks that steps in flight compute, and by how many slices. */
    private final Map<BlockKey, Integer> inFlight = new HashMap<>();

    private long queries;
    private long hits;

    Prefixes(KvLedger kv, PrefixSharing sharing) {
        this.kv = kv;
        this.sharing = sharing;
    }

    /** A resident that has just got its slot. */
    void seated(Sequence sequence) {
        queries += sequence.length();
        adopt(sequence);
    }

    /** Lets a resident go on behind the whole blocks that others have computed. Between two blocks only. */
    void adopt(Sequence sequence) {
        int from = sequence.computed() / sharing.unit();
        int to = shareable(sequence);
        if (!sharing.on() || sequence.computed() % sharing.unit() != 0 || from >= to) {
            return;
        }
        int known = sharing.known(sequence, from, to);
        if (known > 0 && sharing.adopt(sequence, from, from + known, kv)) {
            hits += (long) known * sharing.unit();
            sequence.skip(known * sharing.unit());
        }
    }

    /**
     * Lets a resident that is about to be planned, and whose next block nobody has computed or is computing, begin in the middle of
     * it, where some block begins alike. Not before: it gives up the chance that the whole block comes.
     */
    void adoptPart(Sequence sequence) {
        int most = Math.min(sharing.unit(), sequence.length() - 1 - sequence.computed());
        if (sharing.on() && most > 0 && sequence.computed() % sharing.unit() == 0) {
            int part = sharing.adoptPart(sequence, sequence.computed() / sharing.unit(), most, kv);
            hits += part;
            sequence.skip(part);
        }
    }

    /** Whether the next block of {@code sequence} is being computed: it is there when that step is committed. */
    boolean comes(Sequence sequence) {
        int next = sequence.computed() / sharing.unit();
        return !inFlight.isEmpty()
                && sequence.computed() % sharing.unit() == 0
                && next < shareable(sequence)
                && inFlight.containsKey(sequence.key(next, sharing.unit()));
    }

    /** A step was planned with {@code slice}. */
    void planned(Sequence sequence, StepPlan.Slice slice) {
        count(sequence, slice, 1);
    }

    /** A step with {@code slice} is over; committed, or rolled back. */
    void landed(Sequence sequence, StepPlan.Slice slice) {
        count(sequence, slice, -1);
    }

    /** A step with {@code slice} was committed, what it drew is known, and {@code sequence} is still resident. */
    void committed(Sequence sequence, StepPlan.Slice slice) {
        int from = slice.start() / sharing.unit();
        int to = Math.min(slice.end(), sequence.computed()) / sharing.unit();
        if (sharing.on() && from < to) {
            sharing.computed(sequence, from, to);
        }
    }

    /** All steps are forgotten, and what they left in the cache. */
    void clear() {
        inFlight.clear();
        sharing.forget();
    }

    PrefixCacheUse use() {
        return new PrefixCacheUse(queries, hits, sharing.evictions(), sharing.size() * sharing.unit());
    }

    /** The last token doesn't count, alone or before drafts: it may not be known yet, and nobody gains by waiting for it. */
    private void count(Sequence sequence, StepPlan.Slice slice, int change) {
        if (!sharing.on() || slice.tokens().length - slice.drafted() == 1) {
            return;
        }
        int to = Math.min(sequence.length() / sharing.unit(), Math.ceilDiv(slice.end(), sharing.unit()));
        for (int i = slice.start() / sharing.unit(); i < to; i++) {
            inFlight.merge(
                    sequence.key(i, sharing.unit()),
                    change,
                    (before, more) -> before + more == 0 ? null : before + more);
        }
    }

    /** Whole blocks before the last known token. */
    private int shareable(Sequence sequence) {
        return (sequence.length() - 1) / sharing.unit();
    }
}
