package io.millrace.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Requests as they come: a Poisson process, lengths log-normal, each at an ingress of its own choice. The same seed is the
 * same crowd, whatever the rate: only the times between arrivals shrink.
 *
 * @param requests in order of arrival
 */
record Crowd(List<Request> requests) {
    private static final double MEDIAN_PROMPT = 80;
    private static final double MEDIAN_OUTPUT = 60;
    private static final double SIGMA = 1.0;
    private static final int MOST = 900;

    /**
     * @param ingress a random number that says which ingress takes it
     * @param prompt  tokens, the shared prefix included
     * @param prefix  which of the common beginnings the prompt has
     */
    record Request(long arrivalNanos, int ingress, int prompt, int output, int prefix) {}

    /** Common beginnings: number, Zipf exponent of how often each is used, tokens. */
    record Prefixes(int count, double exponent, int tokens) {
        static final Prefixes NONE = new Prefixes(1, 1, 0);
    }

    static Crowd of(long seed, int requests, double perSecond, Prefixes prefixes) {
        Random random = new Random(seed);
        double[] cumulative = zipf(prefixes);
        List<Request> all = new ArrayList<>(requests);
        double seconds = 0;
        for (int i = 0; i < requests; i++) {
            seconds += -Math.log(1 - random.nextDouble()) / perSecond;
            int prompt = logNormal(random, MEDIAN_PROMPT);
            int output = logNormal(random, MEDIAN_OUTPUT);
            int ingress = random.nextInt(Integer.MAX_VALUE);
            int prefix = draw(cumulative, random.nextDouble());
            all.add(new Request((long) (seconds * 1e9), ingress, prefixes.tokens() + prompt, output, prefix));
        }
        return new Crowd(all);
    }

    private static int logNormal(Random random, double median) {
        double value = median * Math.exp(SIGMA * random.nextGaussian());
        return Math.clamp(Math.round(value), 1, MOST);
    }

    private static double[] zipf(Prefixes prefixes) {
        double[] cumulative = new double[prefixes.count()];
        double sum = 0;
        for (int i = 0; i < cumulative.length; i++) {
            sum += Math.pow(i + 1, -prefixes.exponent());
            cumulative[i] = sum;
        }
        return cumulative;
    }

    private static int draw(double[] cumulative, double uniform) {
        double wanted = uniform * cumulative[cumulative.length - 1];
        int i = 0;
        while (cumulative[i] < wanted) {
            i++;
        }
        return i;
    }
}
