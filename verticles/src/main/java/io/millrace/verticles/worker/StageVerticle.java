package io.millrace.verticles.worker;

import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.ThreadingModel;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One shard of the model and the two threads that may touch it: one begins steps, the other awaits them, so that a
 * device has its next step before it is done with this one.
 *
 * <p>The mailbox of either thread holds at most {@code Limits.stepsInFlight} steps, since the scheduler makes no more.
 */
final class StageVerticle extends AbstractVerticle {
    /** A step takes milliseconds; Vert.x's own warning would come for every long prefill on a slow machine. */
    private static final long WARN_AFTER_SECONDS = 60;

    private final ModelStage stage;
    private final ExecutorService awaiting;
    private final BusyTime busy = new BusyTime();

    StageVerticle(ModelStage stage, String threads) {
        this.stage = stage;
        this.awaiting = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name(threads + "-await").daemon().factory());
    }

    /** A pool of one thread, so that the stage's memory and its core stay with it. */
    static DeploymentOptions deployment(String threads) {
        return new DeploymentOptions()
                .setThreadingModel(ThreadingModel.WORKER)
                .setWorkerPoolName(threads)
                .setWorkerPoolSize(1)
                .setMaxWorkerExecuteTime(WARN_AFTER_SECONDS)
                .setMaxWorkerExecuteTimeUnit(TimeUnit.SECONDS);
    }

    /** Waits for the steps in flight: freed memory must have no reader left, and no writer. */
    @Override
    public void stop() {
        awaiting.close();
        stage.close();
    }

    /**
     * Queues a step; {@code then} is called on the awaiting thread, in the order of the calls, failures included. Once
     * the stage closes nothing is called: nobody is left to hear of it.
     */
    void offer(StepPlan plan, StageOutput input, Consumer<StepOutcome> then) {
        if (!awaiting.isShutdown()) {
            context.runOnContext(nothing -> run(plan, input, then));
        }
    }

    private void run(StepPlan plan, StageOutput input, Consumer<StepOutcome> then) {
        if (awaiting.isShutdown()) {
            return;
        }
        busy.begins(System.nanoTime());
        StageRun run = begin(plan, input);
        awaiting.execute(() -> {
            StepOutcome outcome = await(run);
            busy.ends(System.nanoTime());
            then.accept(outcome);
        });
    }

    BusyTime busy() {
        return busy;
    }

    /** A step that cannot be begun is one whose run fails, so that it is reported in its turn. */
    private StageRun begin(StepPlan plan, StageOutput input) {
        try {
            return stage.begin(plan, input);
        } catch (StepException failure) {
            return () -> {
                throw failure;
            };
        } catch (RuntimeException | Error bug) {
            return () -> {
                throw broken(bug);
            };
        }
    }

    private static StepOutcome await(StageRun run) {
        try {
            return new StepOutcome.Done(run.await());
        } catch (StepException failure) {
            return new StepOutcome.Failed(failure);
        } catch (RuntimeException | Error bug) {
            return new StepOutcome.Failed(broken(bug));
        }
    }

    private static StepException broken(Throwable bug) {
        return new StepException(StepException.Kind.FATAL, "the stage broke: " + bug, bug);
    }
}
