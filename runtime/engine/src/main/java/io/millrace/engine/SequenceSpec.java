package io.millrace.engine;

import io.millrace.api.SamplingParams;

/**
 * What a sequence is to become. The arrays belong to the scheduler from {@link Scheduler#submit} on.
 *
 * @param tokens    ids of the prompt, and of the output so far where another replica began the sequence
 * @param generated how many of the last tokens are output; what follows is numbered on from there
 * @param maxTokens most tokens to generate, those included; 0 means as many as the context holds
 * @param salt      sequences share what is computed of a common prefix only with others of the same salt: the tenant's name
 * @param endTokens ids that end the sequence and are not part of its output; empty lets it run on to its length
 */
public record SequenceSpec(
        int[] tokens, int generated, int maxTokens, SamplingParams sampling, String salt, int... endTokens) {

    /** A sequence of nobody's that has no output yet. */
    public SequenceSpec(int[] prompt, int maxTokens, SamplingParams sampling, int... endTokens) {
        this(prompt, 0, maxTokens, sampling, "", endTokens);
    }

    public SequenceSpec salted(String salt) {
        return new SequenceSpec(tokens, generated, maxTokens, sampling, salt, endTokens);
    }

    /** Never the prompt. */
    @Override
    public String toString() {
        return "SequenceSpec[" + tokens.length + " tokens, maxTokens=" + maxTokens + ", sampling=" + sampling + "]";
    }
}
