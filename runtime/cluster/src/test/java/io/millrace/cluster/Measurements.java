package io.millrace.cluster;

import java.util.Arrays;

/** What the crowd met. */
final class Measurements {
    private final long[] timesToFirstToken;
    private int started;
    private int finished;
    private long tokens;
    private long lastNanos;

    Measurements(int requests) {
        timesToFirstToken = new long[requests];
    }

    void firstToken(long nanos) {
        timesToFirstToken[started++] = nanos;
    }

    void finished(int output, long now) {
        finished++;
        tokens += output;
        lastNanos = Math.max(lastNanos, now);
    }

    int finished() {
        return finished;
    }

    /** Seconds. */
    double timeToFirstToken(double quantile) {
        long[] sorted = Arrays.copyOf(timesToFirstToken, started);
        Arrays.sort(sorted);
        return sorted[(int) Math.min(started - 1L, Math.round(quantile * started))] / 1e9;
    }

    double tokensPerSecond() {
        return tokens / (lastNanos / 1e9);
    }

    double requestsPerSecond() {
        return finished / (lastNanos / 1e9);
    }
}
