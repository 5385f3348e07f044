package io.millrace.ort;

/**
 * Random numbers by counter: the number of a position needs none of those before it, so a resumed or recomputed
 * sequence draws what it drew.
 *
 * <p>The mixing function and increment are SplitMix64's (Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", 2014), with the seed mixed first, so that neighbouring seeds share nothing.
 */
final class CounterRandom {
    private static final long INCREMENT = 0x9e3779b97f4a7c15L;

    private CounterRandom() {}

    /** In [0, 1), a multiple of 2^-53. */
    static double uniform(long seed, long position) {
        return (mix(mix(seed + INCREMENT) + position * INCREMENT) >>> 11) * 0x1p-53;
    }

    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
