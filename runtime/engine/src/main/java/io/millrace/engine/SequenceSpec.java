package io.millrace.engine;

import io.millrace.api.SamplingParams;

/**
 * What a sequence is to become. The arrays belong to the scheduler from {@link Scheduler#submit} on.
 *
 * @param prompt    token ids
 * @param maxTokens most tokens to generate; 0 means as many as the context holds
 * @param endTokens ids that end the sequence and are not part of its output; empty lets it run on to its length
 */
public record SequenceSpec(int[] prompt, int maxTokens, SamplingParams sampling, int... endTokens) {

    /** Never the prompt. */
    @Override
    public String toString() {
        return "SequenceSpec[" + prompt.length + " tokens, maxTokens=" + maxTokens + ", sampling=" + sampling + "]";
    }
}
