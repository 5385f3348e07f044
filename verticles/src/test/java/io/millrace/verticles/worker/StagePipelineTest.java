package io.millrace.verticles.worker;

import static io.millrace.verticles.testing.TestReplica.await;
import static io.millrace.verticles.testing.TestReplica.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.SamplingParams;
import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.verticles.testing.CountingStage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StagePipelineTest {
    private final Vertx vertx = Vertx.vertx();
    /** What came back, in order: a step's token, or what kind of failure it was. */
    private final List<String> reports = new CopyOnWriteArrayList<>();

    private long nextStep;

    @AfterEach
    void stop() {
        await(vertx.close());
    }

    @Test
    void aStepIsBegunWhileTheOneBeforeItComputes() {
        CountingStage stage = CountingStage.late(0);
        StagePipeline pipeline = deploy(stage);
        run(pipeline, 2);
        eventually("both are begun", () -> stage.begun() == 2);
        assertEquals(List.of(), reports);
        stage.allow(2);
        eventually("both are reported", () -> reports.equals(List.of("1", "2")));
    }

    @Test
    void aStepThatCannotBeBegunIsReportedInItsTurn() {
        CountingStage stage = CountingStage.late(0);
        StagePipeline pipeline = deploy(stage);
        run(pipeline, 1);
        eventually("the first is begun", () -> stage.begun() == 1);
        stage.refuseNext(StepException.Kind.CAPACITY);
        run(pipeline, 2);
        eventually("the third is begun", () -> stage.begun() == 2);
        stage.allow(2);
        eventually("all are reported", () -> reports.equals(List.of("1", "CAPACITY", "3")));
    }

    @Test
    void aStepThatFailsLateIsReportedAndTheNextOneRuns() {
        CountingStage stage = CountingStage.late(0);
        StagePipeline pipeline = deploy(stage);
        stage.failNext(StepException.Kind.RETRYABLE);
        run(pipeline, 2);
        stage.allow(2);
        eventually("both are reported", () -> reports.equals(List.of("RETRYABLE", "2")));
    }

    @Test
    void aStageThatBreaksIsFatalWhereverItBreaks() {
        run(deploy(new Broken(true)), 1);
        run(deploy(new Broken(false)), 1);
        eventually("both are reported", () -> reports.equals(List.of("FATAL", "FATAL")));
    }

    @Test
    void closingWaitsForTheStepsInFlight() {
        CountingStage stage = CountingStage.late(0);
        run(deploy(stage), 2);
        eventually("both are begun", () -> stage.begun() == 2);
        Future<Void> closed = vertx.close();
        stage.allow(2);
        await(closed);
        assertEquals(0, stage.inFlightAtClose());
    }

    private StagePipeline deploy(ModelStage stage) {
        return await(StagePipeline.deploy(vertx, List.of(stage)));
    }

    /** Step n computes position n − 1, and so draws token n. */
    private void run(StagePipeline pipeline, int steps) {
        for (int i = 0; i < steps; i++) {
            int[] none = {};
            StepPlan.Slice slice =
                    new StepPlan.Slice(0, 0, (int) nextStep, new int[] {7}, none, 1, SamplingParams.GREEDY, none, 1);
            pipeline.run(
                    new StepPlan(nextStep++, List.of(slice)),
                    result -> reports.add(Integer.toString(result.tokens()[0])),
                    failure -> reports.add(failure.kind().name()));
        }
    }

    /** Throws what no contract names. */
    private record Broken(boolean early) implements ModelStage {
        @Override
        public StageRun begin(StepPlan plan, StageOutput input) {
            if (early) {
                throw new IllegalStateException("broken");
            }
            return () -> {
                throw new IllegalStateException("broken");
            };
        }

        @Override
        public void close() {}
    }
}
