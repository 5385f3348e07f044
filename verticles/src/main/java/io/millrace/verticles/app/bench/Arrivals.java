package io.millrace.verticles.app.bench;

import java.util.SplittableRandom;

/** When the requests of an open loop come: as a Poisson process, whatever became of the requests before. */
final class Arrivals {
    private Arrivals() {}

    /**
     * Nanoseconds from the start of a round, ascending: gaps are exponential with mean 1 / {@code perSecond}.
     *
     * @param seed the same gives the same times
     */
    static long[] poisson(double perSecond, int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long[] times = new long[count];
        double seconds = 0;
        for (int i = 0; i < count; i++) {
            seconds -= Math.log(1 - random.nextDouble()) / perSecond;
            times[i] = (long) (seconds * 1e9);
        }
        return times;
    }
}
