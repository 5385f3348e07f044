package io.millrace.ort.device;

import io.millrace.api.SamplingParams;

/**
 * How one row's token is drawn.
 *
 * @param position     of the token that is drawn; the draw depends on it and the seed
 * @param slot         of the sequence; {@link #FILLER} for a row that only fills a batch up, whose result nobody reads
 * @param history      prompt and output so far, where the penalties need it; else empty
 * @param promptLength how many of the history's tokens are prompt
 * @param pending      whether the slot's last sampled token, not known to the planner yet, follows the history
 */
public record SampleRow(
        SamplingParams params, int position, int slot, int[] history, int promptLength, boolean pending) {
    public static final int FILLER = -1;
}
