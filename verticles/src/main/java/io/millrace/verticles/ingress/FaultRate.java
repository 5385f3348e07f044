package io.millrace.verticles.ingress;

import java.util.concurrent.TimeUnit;

/**
 * Counts what a peer does wrong, by the second. One connection's, owned by its loop.
 *
 * <p>Netty limits resets on HTTP/2 only; on QUIC and WebSocket a client could else open and reset streams, or send
 * rubbish, faster than it pays for (the rapid reset attack).
 */
public final class FaultRate {
    private final int most;
    private long second;
    private int faults;

    /** @param most faults allowed in one second */
    public FaultRate(int most) {
        this.most = most;
    }

    /** Counts one more, and says whether that was one too many. */
    public boolean exceeded() {
        long now = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
        if (now != second) {
            second = now;
            faults = 0;
        }
        return ++faults > most;
    }
}
