package io.millrace.synthetic;

import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.locks.LockSupport;

/**
 * A device that does one step after the other, each for its {@link StepTime}. What it is given while it is busy it begins
 * when the step before ends, not when somebody asks for the result: a late thread does not make it slower.
 */
final class SyntheticStage implements ModelStage {
    /** A prime, so that neighbouring positions have words that differ. */
    private static final int STRIDE = 7919;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final StepTime time;
    private final int firstToken;
    private final int tokens;
    /** Owned by the thread that begins steps. {@link System#nanoTime} of the end of the last step begun. */
    private long free = System.nanoTime();

    /**
     * @param firstToken the first id that may be drawn
     * @param tokens     how many ids from there on
     */
    SyntheticStage(StepTime time, int firstToken, int tokens) {
        this.time = time;
        this.firstToken = firstToken;
        this.tokens = tokens;
    }

    @Override
    public StageRun begin(StepPlan plan, StageOutput input) {
        long now = System.nanoTime();
        long duration = time.of(plan);
        free = (free - now > 0 ? free : now) + duration;
        long end = free;
        int[] drawn = plan.slices().stream()
                .filter(StepPlan.Slice::samples)
                .mapToInt(slice -> token(slice.end()))
                .toArray();
        return () -> {
            compute(Math.round(duration * time.cpu()));
            for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            return new StageOutput.Sampled(new StepResult(plan.id(), drawn));
        };
    }

    /** The same at the same position, so that a stream is the same on every node. */
    int token(int position) {
        return firstToken + Math.floorMod(position * STRIDE, tokens);
    }

    /** Takes so much CPU time, however long the thread has to wait for it. */
    private static void compute(long nanos) {
        if (nanos == 0) {
            return;
        }
        long start = THREADS.getCurrentThreadCpuTime();
        while (THREADS.getCurrentThreadCpuTime() - start < nanos) {
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {}
}
