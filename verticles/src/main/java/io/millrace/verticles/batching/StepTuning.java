package io.millrace.verticles.batching;

import io.millrace.engine.BatchTuner;
import io.millrace.engine.Scheduler;
import io.millrace.engine.StepPlan;
import io.millrace.engine.WorkerUse;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.DoubleSupplier;

/** Measures what the workers do and hands it to a {@link BatchTuner} once a second. Owned by the batching loop. */
final class StepTuning {
    private static final Duration LOOK = Duration.ofSeconds(1);
    /** Of one look; of a worker that makes more steps in a second the first ones count. */
    private static final int MOST_GAPS = 4096;

    private static final double PERCENTILE = 0.95;

    private final Scheduler scheduler;
    private final BatchTuner tuner;
    private final DoubleSupplier busySeconds;
    private final long[] gaps = new long[MOST_GAPS];
    private int count;
    private long lastStream;
    private long lastLook;
    private double busyBefore;

    /** @param busySeconds of the busiest stage, since the start */
    StepTuning(Scheduler scheduler, BatchTuner tuner, DoubleSupplier busySeconds, long nowNanos) {
        this.scheduler = scheduler;
        this.tuner = tuner;
        this.busySeconds = busySeconds;
        this.lastLook = nowNanos;
        this.busyBefore = busySeconds.getAsDouble();
    }

    /** Between two steps that running streams got a token from lies the gap that their clients see. */
    void committed(StepPlan plan, long nowNanos) {
        StepPlan.Slice first = plan.slices().getFirst();
        boolean streams = first.tokens().length - first.drafted() == 1;
        if (streams && lastStream != 0 && count < MOST_GAPS) {
            gaps[count++] = nowNanos - lastStream;
        }
        lastStream = streams ? nowNanos : lastStream;
    }

    void tick(long nowNanos) {
        if (scheduler.activeCount() == 0) {
            lastStream = 0;
        }
        if (nowNanos - lastLook < LOOK.toNanos()) {
            return;
        }
        double busy = busySeconds.getAsDouble();
        double share = Math.clamp((busy - busyBefore) * 1e9 / (nowNanos - lastLook), 0, 1);
        scheduler.bound(tuner.next(scheduler.bounds(), new WorkerUse(share, slowGap())));
        lastLook = nowNanos;
        busyBefore = busy;
        count = 0;
    }

    private long slowGap() {
        Arrays.sort(gaps, 0, count);
        return count == 0 ? 0 : gaps[(int) (count * PERCENTILE)];
    }
}
