package io.millrace.engine;

/**
 * What a step brought: token ids, and how likely they were.
 *
 * @param step     the plan's id
 * @param tokens   one id per draw, in the plan's order; those that follow a draft that was wrong mean nothing
 * @param logProbs natural logarithm of each token's probability under the model's own distribution, before temperature,
 *                 penalties and cuts; empty where the runner gives none
 */
public record StepResult(long step, int[] tokens, float[] logProbs) {
    private static final float[] NONE = {};

    public StepResult {
        if (logProbs.length != 0 && logProbs.length != tokens.length) {
            throw new IllegalArgumentException(logProbs.length + " probabilities for " + tokens.length + " tokens");
        }
    }

    /** Of a runner that gives no probabilities. */
    public StepResult(long step, int[] tokens) {
        this(step, tokens, NONE);
    }

    /** Of the {@code index}-th token; NaN where the runner gives none. */
    float logProb(int index) {
        return logProbs.length == 0 ? Float.NaN : logProbs[index];
    }
}
