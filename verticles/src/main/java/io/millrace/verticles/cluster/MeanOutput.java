package io.millrace.verticles.cluster;

/** Output tokens that a sequence is expected to have: the mean of those that ended, the newest weighing most. Guarded by its owner. */
final class MeanOutput {
    /** Weight of the newest output in the mean. */
    private static final double NEWEST = 0.02;

    private double tokens = 100;

    void finished(int outputTokens) {
        tokens += NEWEST * (outputTokens - tokens);
    }

    double tokens() {
        return tokens;
    }
}
