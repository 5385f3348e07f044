package io.millrace.engine;

import java.time.Duration;

/** How fast waiting sequences have been taken in of late: what a refused client is told to wait is drawn from it. */
final class StartRate {
    private static final double WINDOW_SECONDS = 10;
    private static final long LEAST_SECONDS = 1;
    private static final long MOST_SECONDS = 60;

    /** Starts, fading by e in each window. */
    private double starts;

    private long lastNanos;

    void record(long started, long nowNanos) {
        fade(nowNanos);
        starts += started;
    }

    /** When {@code waiting} sequences will have started, in whole seconds of 1 to 60; 1 where nothing ever started. */
    Duration timeFor(int waiting, long nowNanos) {
        if (starts == 0) {
            return Duration.ofSeconds(LEAST_SECONDS);
        }
        fade(nowNanos);
        double seconds = waiting * WINDOW_SECONDS / starts;
        return Duration.ofSeconds(Math.clamp((long) Math.ceil(seconds), LEAST_SECONDS, MOST_SECONDS));
    }

    private void fade(long nowNanos) {
        starts *= Math.exp((lastNanos - nowNanos) / 1e9 / WINDOW_SECONDS);
        lastNanos = nowNanos;
    }
}
