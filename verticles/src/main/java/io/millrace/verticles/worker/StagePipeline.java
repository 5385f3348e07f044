package io.millrace.verticles.worker;

import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * The stages of one model in order: a plan goes in, a result comes out of the last. Different plans may be in different
 * stages at once; in each stage they keep their order.
 */
public final class StagePipeline {
    private final List<StageVerticle> stages;

    private StagePipeline(List<StageVerticle> stages) {
        this.stages = List.copyOf(stages);
    }

    /** Gives each stage its worker; closing the Vert.x instance closes the stages. */
    public static Future<StagePipeline> deploy(Vertx vertx, List<ModelStage> stages) {
        return deploy(vertx, "millrace", stages);
    }

    /** @param name begins the names of its threads; pipelines of one name would share them */
    public static Future<StagePipeline> deploy(Vertx vertx, String name, List<ModelStage> stages) {
        List<StageVerticle> workers = new ArrayList<>();
        List<Future<String>> deployments = new ArrayList<>();
        for (ModelStage stage : stages) {
            String threads = name + "-stage-" + workers.size();
            StageVerticle worker = new StageVerticle(stage, threads);
            deployments.add(vertx.deployVerticle(worker, StageVerticle.deployment(threads)));
            workers.add(worker);
        }
        return Future.all(deployments).map(deployed -> new StagePipeline(workers));
    }

    public int stages() {
        return stages.size();
    }

    /** Seconds in which a stage had a step begun and not done, since the start. Readable from any thread. */
    public double busySeconds(int stage) {
        return stages.get(stage).busy().nanos(System.nanoTime()) / 1e9;
    }

    /** Of the stage that has most of them. */
    public double busiestSeconds() {
        return IntStream.range(0, stages.size())
                .mapToDouble(this::busySeconds)
                .max()
                .orElse(0);
    }

    /** Runs a step through all stages. Exactly one of the callbacks is called, on a thread of a worker;
     * results come in the order of the calls, and none after the stages are closed. */
    public void run(StepPlan plan, Consumer<StepResult> done, Consumer<StepException> failed) {
        run(plan, new StageOutput.Start(), output -> done.accept(((StageOutput.Sampled) output).result()), failed);
    }

    /** As {@link #run(StepPlan, Consumer, Consumer)}, for stages in the middle of a model: from what the stage before put out. */
    public void run(StepPlan plan, StageOutput input, Consumer<StageOutput> done, Consumer<StepException> failed) {
        run(0, plan, input, done, failed);
    }

    private void run(
            int index, StepPlan plan, StageOutput input, Consumer<StageOutput> done, Consumer<StepException> failed) {
        stages.get(index).offer(plan, input, outcome -> {
            switch (outcome) {
                case StepOutcome.Failed lost -> failed.accept(lost.failure());
                case StepOutcome.Done ran -> passOn(index, plan, ran.output(), done, failed);
            }
        });
    }

    private void passOn(
            int index, StepPlan plan, StageOutput output, Consumer<StageOutput> done, Consumer<StepException> failed) {
        if (index + 1 == stages.size()) {
            done.accept(output);
        } else {
            run(index + 1, plan, output, done, failed);
        }
    }
}
