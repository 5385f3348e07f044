package io.millrace.verticles.worker;

/** How long a stage has had work, all in all. Told by the two threads of its worker, read by any. */
final class BusyTime {
    private int inFlight;
    private long since;
    private long total;

    synchronized void begins(long nowNanos) {
        if (inFlight++ == 0) {
            since = nowNanos;
        }
    }

    synchronized void ends(long nowNanos) {
        if (--inFlight == 0) {
            total += nowNanos - since;
        }
    }

    /** Nanoseconds with at least one step begun and not done. */
    synchronized long nanos(long nowNanos) {
        return inFlight == 0 ? total : total + nowNanos - since;
    }
}
