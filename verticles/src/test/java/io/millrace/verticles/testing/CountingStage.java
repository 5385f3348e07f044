package io.millrace.verticles.testing;

import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A model that counts: the token at position p is p. Steps wait for a permit where the test asks for it, so that a test
 * decides how far generation has come.
 */
public final class CountingStage implements ModelStage {
    /** More steps than any test runs. */
    public static final int UNLIMITED = 1_000_000_000;

    private final Semaphore permits;
    private final boolean late;
    private final ConcurrentLinkedQueue<StepException.Kind> failures = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<StepException.Kind> refusals = new ConcurrentLinkedQueue<>();
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger awaited = new AtomicInteger();
    private volatile int inFlightAtClose = -1;
    private volatile float logProb = Float.NaN;

    private CountingStage(int permits, boolean late) {
        this.permits = new Semaphore(permits);
        this.late = late;
    }

    /**
     * Computes where a step is begun, as a CPU does.
     *
     * @param permits steps that may run before {@link #allow}; {@link #UNLIMITED} for no limit
     */
    public CountingStage(int permits) {
        this(permits, false);
    }

    /** Begins steps at once and has them done later, as a GPU does: it is the awaiting that needs a permit. */
    public static CountingStage late(int permits) {
        return new CountingStage(permits, true);
    }

    public void allow(int steps) {
        permits.release(steps);
    }

    /** The next step that is computed fails. */
    public void failNext(StepException.Kind kind) {
        failures.add(kind);
    }

    /** The next step cannot be begun. */
    public void refuseNext(StepException.Kind kind) {
        refusals.add(kind);
    }

    /** How likely its tokens are from now on; it gives no probabilities before. */
    public void likely(float nowLogProb) {
        logProb = nowLogProb;
    }

    /** Steps begun, ever. */
    public int begun() {
        return begun.get();
    }

    /** Steps begun and not yet awaited when the stage was closed; -1 before. */
    public int inFlightAtClose() {
        return inFlightAtClose;
    }

    @Override
    public StageRun begin(StepPlan plan, StageOutput input) throws StepException {
        failIfAsked(refusals);
        begun.incrementAndGet();
        if (late) {
            return () -> computed(plan);
        }
        StageOutput output = computed(plan);
        return () -> output;
    }

    private StageOutput computed(StepPlan plan) throws StepException {
        try {
            if (!permits.tryAcquire(1, TimeUnit.MINUTES)) {
                throw new StepException(StepException.Kind.FATAL, "no permit came", null);
            }
            failIfAsked(failures);
            return new StageOutput.Sampled(result(plan));
        } catch (InterruptedException e) {
            throw new StepException(StepException.Kind.FATAL, "interrupted", e);
        } finally {
            awaited.incrementAndGet();
        }
    }

    private StepResult result(StepPlan plan) {
        int[] tokens = plan.slices().stream()
                .filter(StepPlan.Slice::samples)
                .mapToInt(StepPlan.Slice::end)
                .toArray();
        float[] logProbs = new float[tokens.length];
        Arrays.fill(logProbs, logProb);
        return new StepResult(plan.id(), tokens, logProbs);
    }

    private static void failIfAsked(ConcurrentLinkedQueue<StepException.Kind> asked) throws StepException {
        StepException.Kind kind = asked.poll();
        if (kind != null) {
            throw new StepException(kind, "asked to fail", null);
        }
    }

    @Override
    public void close() {
        inFlightAtClose = begun.get() - awaited.get();
    }
}
