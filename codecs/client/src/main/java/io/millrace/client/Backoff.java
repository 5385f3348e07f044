package io.millrace.client;

import java.util.SplittableRandom;

/** Waits that double, each drawn from the upper half of its span, so that clients cut off together do not return together. */
final class Backoff {

    private final long firstMillis;
    private final long maxMillis;
    private final int maxAttempts;
    private final SplittableRandom jitter;
    private int attempts;

    Backoff(ClientOptions options) {
        firstMillis = options.firstDelay().toMillis();
        maxMillis = options.maxDelay().toMillis();
        maxAttempts = options.maxAttempts();
        jitter = new SplittableRandom(options.jitterSeed());
    }

    /** Something new came: the next loss starts counting afresh. */
    void progressed() {
        attempts = 0;
    }

    boolean exhausted() {
        return attempts >= maxAttempts;
    }

    int attempts() {
        return attempts;
    }

    long nextMillis() {
        long span = Math.min(maxMillis, firstMillis << Math.min(attempts++, 30));
        return Math.max(1, span / 2 + jitter.nextLong(span / 2 + 1));
    }
}
