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
        private long last;
        private int arrivals;

        private Stream(long start) {
            last = start;
        }

        /** A token arrived. */
        @Override
        public void run() {
            long now = System.nanoTime();
            (arrivals == 0 ? firstToken : betweenTokens).recordValue((now - last) / 1000);
            arrivals++;
            last = now;
        }

        int arrivals() {
            return arrivals;
        }
    }
}
