package io.millrace.engine;

import io.millrace.api.SamplingParams;
import java.util.List;

/**
 * One forward pass over slices of many sequences. Immutable; made by the scheduler, run by the stages in order.
 *
 * @param id     ascending; results are committed in this order
 * @param slices never empty; at most one per sequence; decode rows (one token) come before prefill chunks
 */
public record StepPlan(long id, List<Slice> slices) {

    /** In {@link Slice#tokens}: the token that this slot sampled in the step before, still unknown to the scheduler. */
    public static final int PENDING = -1;

    public StepPlan {
        slices = List.copyOf(slices);
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
     * @param blocks   block ids of positions 0 to the slice's last, in order, for runners with a paged cache
     * @param samples  whether the logits of the last position draw a token
     * @param history  all tokens of the sequence that are known, where sampling needs them
     *                 ({@link SamplingParams#needsHistory}), else empty; a runner adds the pending one itself
     * @param promptLength how many of the sequence's first tokens are prompt, for penalties on output alone
     */
    public record Slice(
            long sequence,
            int slot,
            int start,
            int[] tokens,
            int[] blocks,
            boolean samples,
            SamplingParams sampling,
            int[] history,
            int promptLength) {

        public int end() {
            return start + tokens.length;
        }
    }

    /** Tokens computed, over all slices. */
    public int tokenCount() {
        return slices.stream().mapToInt(slice -> slice.tokens().length).sum();
    }
}
