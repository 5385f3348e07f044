package io.millrace.verticles.worker;

import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.ThreadingModel;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One shard of the model on the one thread that may touch it.
 *
 * <p>Its mailbox holds at most {@code Limits.stepsInFlight} plans, since the scheduler makes no more.
 */
final class StageVerticle extends AbstractVerticle {
    /** A step takes milliseconds; Vert.x's own warning would come for every long prefill on a slow machine. */
    private static final long WARN_AFTER_SECONDS = 60;

    private final ModelStage stage;

    StageVerticle(ModelStage stage) {
        this.stage = stage;
    }

    /** A pool of one thread, so that the stage's memory and its core stay with it. */
    static DeploymentOptions deployment(int index) {
        return new DeploymentOptions()
                .setThreadingModel(ThreadingModel.WORKER)
                .setWorkerPoolName("millrace-stage-" + index)
                .setWorkerPoolSize(1)
                .setMaxWorkerExecuteTime(WARN_AFTER_SECONDS)
                .setMaxWorkerExecuteTimeUnit(TimeUnit.SECONDS);
    }

    @Override
    public void stop() {
        stage.close();
    }

    /** Queues a step; {@code then} is called on this stage's thread. */
    void offer(StepPlan plan, StageOutput input, Consumer<StepOutcome> then) {
        context.runOnContext(nothing -> then.accept(run(plan, input)));
    }

    private StepOutcome run(StepPlan plan, StageOutput input) {
        try {
            return new StepOutcome.Done(stage.begin(plan, input).await());
        } catch (StepException failure) {
            return new StepOutcome.Failed(failure);
        } catch (RuntimeException | Error bug) {
            return new StepOutcome.Failed(new StepException(StepException.Kind.FATAL, "the stage broke: " + bug, bug));
        }
    }
}
