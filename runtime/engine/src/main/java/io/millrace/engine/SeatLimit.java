package io.millrace.engine;

/** Residents that the runner's memory has room for: lowered when a step fails for capacity, probed upward with time. */
final class SeatLimit {
    /** Steps that go well before one more resident is tried: a failed try costs the work of one step. */
    private static final int STEPS_TO_PROBE = 64;

    private final int most;
    private int seats;
    private int steps;

    SeatLimit(int most) {
        this.most = most;
        seats = most;
    }

    int seats() {
        return seats;
    }

    void lower(int residents) {
        seats = Math.max(1, residents);
        steps = 0;
    }

    void stepCommitted() {
        if (seats < most && ++steps == STEPS_TO_PROBE) {
            seats++;
            steps = 0;
        }
    }
}
