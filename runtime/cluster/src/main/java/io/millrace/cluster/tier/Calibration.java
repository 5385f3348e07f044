package io.millrace.cluster.tier;

import java.util.Arrays;

/** From what a light model said of a file of prompts to the threshold that keeps a wanted share of them. */
public final class Calibration {
    private final double[] ascending;

    /** @param means one for each prompt, see {@link #mean}; NaN counts as less than all */
    public Calibration(double[] means) {
        if (means.length == 0) {
            throw new IllegalArgumentException("there is nothing to calibrate by");
        }
        ascending = Arrays.stream(means)
                .map(mean -> Double.isNaN(mean) ? Double.NEGATIVE_INFINITY : mean)
                .sorted()
                .toArray();
    }

    /** Mean of log-probabilities; NaN of none, or where one is. */
    public static double mean(float[] logProbs) {
        double sum = 0;
        for (float logProb : logProbs) {
            sum += logProb;
        }
        return logProbs.length == 0 ? Double.NaN : sum / logProbs.length;
    }

    /**
     * The highest threshold that keeps at least the wanted share.
     *
     * @param share more than 0, at most 1
     */
    public double threshold(double share) {
        int kept = (int) Math.ceil(share * ascending.length - 1e-9);
        return ascending[ascending.length - Math.clamp(kept, 1, ascending.length)];
    }

    /** What share of the prompts a threshold keeps. */
    public double share(double threshold) {
        return Arrays.stream(ascending).filter(mean -> mean >= threshold).count() / (double) ascending.length;
    }
}
