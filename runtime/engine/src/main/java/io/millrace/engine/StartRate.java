package io.millrace.engine;

import java.time.Duration;

/**
 * How long a waiting sequence has waited for its turn of late: a refused client is told to wait by it.
 *
 * <p>The mean time between starts over about the last 50 of them, counting only time in which others waited: an idle
 * hour says nothing about how fast the scheduler serves.
 */
final class StartRate {
    private static final double KEPT_PER_START = 0.98;
    private static final long LEAST_SECONDS = 1;
    private static final long MOST_SECONDS = 60;

    private double starts;
    private double busyNanos;
    private long lastNanos;
    private boolean othersWait;

    /** {@code started} sequences got their slot now, and {@code waiting} did not. */
    void record(long started, int waiting, long nowNanos) {
        double kept = Math.pow(KEPT_PER_START, started);
        busyNanos = kept * (busyNanos + waitedSince(nowNanos));
        starts = kept * starts + started;
        lastNanos = nowNanos;
        othersWait = waiting > 0;
    }

    /** When {@code waiting} sequences will have started: whole seconds from 1, where little is known, to 60. */
    Duration timeFor(int waiting, long nowNanos) {
        double perStart = (busyNanos + waitedSince(nowNanos)) / Math.max(1, starts);
        long seconds = (long) Math.ceil(waiting * perStart / 1e9);
        return Duration.ofSeconds(Math.clamp(seconds, LEAST_SECONDS, MOST_SECONDS));
    }

    private double waitedSince(long nowNanos) {
        return othersWait ? nowNanos - lastNanos : 0;
    }
}
