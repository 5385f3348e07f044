package io.millrace.verticles.app.bench;

import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** The latencies of one round, in microseconds. Written by all of its requests. */
final class Timing {
    private static final int DIGITS = 3;

    private final Histogram firstToken = new ConcurrentHistogram(DIGITS);
    private final Histogram betweenTokens = new ConcurrentHistogram(DIGITS);

    Histogram firstToken() {
        return firstToken;
    }

    Histogram betweenTokens() {
        return betweenTokens;
    }

    /** @param nanoTime when the request was due: what kept it from being sent at once counts as waiting */
    Stream start(long nanoTime) {
        return new Stream(nanoTime);
    }

    /** The clock of one request; used by one thread at a time. */
    final class Stream implements Runnable {
        private final long start;
        private long last;
        private long ttftNanos;
        private int arrivals;

        private Stream(long start) {
            this.start = start;
            last = start;
        }

        /** A token arrived. */
        @Override
        public void run() {
            long now = System.nanoTime();
            (arrivals == 0 ? firstToken : betweenTokens).recordValue((now - last) / 1000);
            ttftNanos = arrivals == 0 ? now - start : ttftNanos;
            arrivals++;
            last = now;
        }

        int arrivals() {
            return arrivals;
        }

        /** This request, which ends now. */
        Sample sample(long roundStart, int tokens) {
            return new Sample((start - roundStart) / 1e9, ttftNanos / 1e6, (System.nanoTime() - start) / 1e6, tokens);
        }
    }
}
