package io.millrace.verticles.app.probe;

import java.nio.FloatBuffer;

/** How likely a model finds a text, and how near its distributions come to those of a reference. */
final class TextScore {
    private double surprise;
    private double divergence;
    private int agreeing;
    private int predicted;
    private int compared;

    /** @param token that follows in the text */
    void predicts(FloatBuffer logits, int token) {
        surprise += logSum(logits) - logits.get(token);
        predicted++;
    }

    /** Compares with the reference's logits of the same position. */
    void compare(FloatBuffer reference, FloatBuffer logits) {
        double referenceSum = logSum(reference);
        double sum = logSum(logits);
        double nats = 0;
        for (int i = 0; i < logits.remaining(); i++) {
            double logProbability = reference.get(i) - referenceSum;
            nats += Math.exp(logProbability) * (logProbability - (logits.get(i) - sum));
        }
        divergence += nats;
        agreeing += likeliest(reference) == likeliest(logits) ? 1 : 0;
        compared++;
    }

    /** Exponential of the mean negative log-likelihood. */
    double perplexity() {
        return Math.exp(surprise / predicted);
    }

    /** Mean of Kullback-Leibler divergences from the reference, in nats. */
    double meanDivergence() {
        return divergence / compared;
    }

    /** Share of positions at which both find the same token likeliest. */
    double agreement() {
        return agreeing / (double) compared;
    }

    int positions() {
        return predicted;
    }

    private static double logSum(FloatBuffer logits) {
        float max = logits.get(likeliest(logits));
        double sum = 0;
        for (int i = 0; i < logits.remaining(); i++) {
            sum += Math.exp(logits.get(i) - max);
        }
        return max + Math.log(sum);
    }

    private static int likeliest(FloatBuffer logits) {
        int best = 0;
        for (int i = 1; i < logits.remaining(); i++) {
            best = logits.get(i) > logits.get(best) ? i : best;
        }
        return best;
    }
}
