package io.millrace.verticles.testing;

import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A model that counts: the token at position p is p. Steps wait for a permit where the test asks for it, so that a test
 * decides how far generation has come.
 */
public final class CountingStage implements ModelStage {
    /** More steps than any test runs. */
    public static final int UNLIMITED = 1_000_000_000;

    private final Semaphore permits;
    private final ConcurrentLinkedQueue<StepException.Kind> failures = new ConcurrentLinkedQueue<>();

    /** @param permits steps that may run before {@link #allow}; {@link #UNLIMITED} for no limit */
    public CountingStage(int permits) {
        this.permits = new Semaphore(permits);
    }

    public void allow(int steps) {
        permits.release(steps);
    }

    /** The next step fails. */
    public void failNext(StepException.Kind kind) {
        failures.add(kind);
    }

    @Override
    public StageRun begin(StepPlan plan, StageOutput input) throws StepException {
        try {
            if (!permits.tryAcquire(1, TimeUnit.MINUTES)) {
                throw new StepException(StepException.Kind.FATAL, "no permit came", null);
            }
        } catch (InterruptedException e) {
            throw new StepException(StepException.Kind.FATAL, "interrupted", e);
        }
        StepException.Kind failure = failures.poll();
        if (failure != null) {
            throw new StepException(failure, "asked to fail", null);
        }
        StageOutput output = new StageOutput.Sampled(new StepResult(
                plan.id(),
                plan.slices().stream()
                        .filter(StepPlan.Slice::samples)
                        .mapToInt(StepPlan.Slice::end)
                        .toArray()));
        return () -> output;
    }

    @Override
    public void close() {}
}
