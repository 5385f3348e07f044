package io.millrace.engine;

import io.millrace.api.SamplingParams;
import java.util.Arrays;
import java.util.List;

/**
 * One forward pass over slices of many sequences. Immutable; made by the scheduler, run by the stages in order.
 *
 * @param id     ascending; results are committed in this order
 * @param slices never empty; at most one per sequence; decode rows (one token) come before prefill chunks
 * @param copies what every stage does with its own cache before it computes, in this order; a stage on another node, too.
 *               Empty but for {@link KvSharing#BY_COPY}
 */
public record StepPlan(long id, List<Slice> slices, List<Copy> copies) {

    /** In {@link Slice#tokens}: the token that this slot sampled in the step before, still unknown to the scheduler. */
    public static final int PENDING = -1;

    public StepPlan {
        slices = List.copyOf(slices);
        copies = List.copyOf(copies);
    }

    /** A step that copies nothing. */
    public StepPlan(long id, List<Slice> slices) {
        this(id, slices, List.of());
    }

    /**
     * Keys and values of whole blocks of {@link KvSharing#COPY_TOKENS} positions each, between a row of the KV cache and the
     * stage's prefix store.
     *
     * @param kind   which way
     * @param slot   row of the KV cache
     * @param start  position of the first block in the row, a multiple of {@link KvSharing#COPY_TOKENS}; all before it are in
     *               the row
     * @param blocks of the store, in the order of their positions; 0 to {@code Limits.prefixCacheTokens / COPY_TOKENS} − 1
     */
    public record Copy(Kind kind, int slot, int start, List<Integer> blocks) {

        /** Into the store, or out of it into a row. */
        public enum Kind {
            SAVE,
            LOAD
        }

        public Copy {
            blocks = List.copyOf(blocks);
        }

        /** The position after the last one. */
        public int end() {
            return start + blocks.size() * KvSharing.COPY_TOKENS;
        }
    }

    /**
     * Positions {@code start .. start + tokens.length - 1} of one sequence.
     *
     * <p>The arrays are owned by the plan from here on: nobody writes to them.
     *
     * @param sequence id of the sequence, for messages only
     * @param slot     row of the KV cache, 0 to maxBatch − 1; where {@code start} is 0 the row holds nothing of use
     * @param start    first position computed; all before it are in the cache
     * @param tokens   ids fed, never empty; only a slice of one token may hold {@link #PENDING}
     * @param blocks   block ids of positions 0 to the slice's last, in order, for runners with a paged cache. Those before
     *                 {@code start} may be in other slices too; the ones written to are in no other
     * @param draws    how many of the last positions draw a token from their logits, each by its own position and by what
     *                 stands before it; 0 draws none. With more than 1, the last {@code draws - 1} tokens are drafted: guessed,
     *                 and right as far as the positions before them draw the same
     * @param history  all tokens of the sequence that are known, where sampling needs them
     *                 ({@link SamplingParams#needsHistory}), else empty; a runner adds the pending one, or the drafted ones, itself
     * @param promptLength how many of the sequence's first tokens are prompt, for penalties on output alone
     */
    public record Slice(
            long sequence,
            int slot,
            int start,
            int[] tokens,
            int[] blocks,
            int draws,
            SamplingParams sampling,
            int[] history,
            int promptLength) {

        public int end() {
            return start + tokens.length;
        }

        public boolean samples() {
            return draws > 0;
        }

        /** How many of the last tokens are guessed. */
        public int drafted() {
            return Math.max(0, draws - 1);
        }

        /** Guess number {@code index} of {@link #drafted}, which is what draw number {@code index} is held against. */
        public int draft(int index) {
            return tokens[tokens.length - drafted() + index];
        }

        /** What draw number {@code index} has for a history: {@link #history}, where there is one, and the drafts before it. */
        public int[] historyOf(int index) {
            if (index == 0 || history.length == 0) {
                return history;
            }
            int[] all = Arrays.copyOf(history, history.length + index);
            System.arraycopy(tokens, tokens.length - drafted(), all, history.length, index);
            return all;
        }
    }

    /** Tokens computed, over all slices. */
    public int tokenCount() {
        return slices.stream().mapToInt(slice -> slice.tokens().length).sum();
    }

    /** Tokens drawn, over all slices: no more than {@code Limits.maxBatch}. */
    public int drawCount() {
        return slices.stream().mapToInt(Slice::draws).sum();
    }
}
