package io.millrace.verticles.peer.stage;

import static io.millrace.verticles.peer.stage.StageNodes.LIMITS;
import static io.millrace.verticles.peer.stage.StageNodes.patient;
import static io.millrace.verticles.peer.stage.StageNodes.plan;
import static io.millrace.verticles.peer.stage.StageNodes.states;
import static io.millrace.verticles.peer.stage.StageNodes.terms;
import static io.millrace.verticles.testing.TestReplica.await;
import static io.millrace.verticles.testing.TestReplica.eventually;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Limits;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import io.millrace.verticles.testing.TestCluster;
import io.millrace.verticles.testing.TestLimits;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A head's side and a node's side of a stage, over loopback, with a stage that adds. */
class RemoteStageTest {
    private static final int UNLIMITED = 1_000_000;
    private static final Duration SHORT = Duration.ofSeconds(1);

    private final Vertx headVertx = Vertx.vertx();
    private Vertx nodeVertx = Vertx.vertx();
    private StageNodes nodes;
    private ScriptedStage model;
    private RemoteStage stage;
    private int port;

    @BeforeEach
    void makeKeys() throws Exception {
        nodes = new StageNodes();
    }

    @AfterEach
    void stop() {
        if (model != null) {
            model.allow(UNLIMITED);
        }
        await(headVertx.close());
        await(nodeVertx.close());
    }

    private void start(int index, int permits, Limits limits) {
        model = new ScriptedStage(index == 2, StageNodes.HIDDEN, limits.tokenBudget(), permits);
        port = nodes.serve(nodeVertx, 0, terms(index, limits), limits, model);
        stage = nodes.stage(headVertx, port, terms(index, limits), limits);
        eventually("it is there", this::connects);
    }

    /** A machine may be too busy for a short patience at first. */
    private boolean connects() {
        return stage.connect()
                .toCompletionStage()
                .toCompletableFuture()
                .handle((description, failure) -> "a scripted stage".equals(description))
                .join();
    }

    @Test
    void severalStepsAreUnderWayAndAreAnsweredInTheirOrder() throws Exception {
        start(1, 0, LIMITS);
        StageRun first = stage.begin(plan(10, 3), states(3));
        StageRun second = stage.begin(plan(11, 2), states(2));
        eventually("both have come", () -> !model.seen.isEmpty());
        model.allow(2);
        assertAdded(10, 3, first.await());
        assertAdded(11, 2, second.await());
        model.allow(UNLIMITED);
        for (int step = 12; step < 40; step++) {
            assertAdded(step, 1, stage.begin(plan(step, 1), states(1)).await());
        }
    }

    private static void assertAdded(int step, int tokens, StageOutput output) {
        ByteBuffer states = ((StageOutput.Hidden) output).states();
        assertTrue(states.isDirect());
        assertEquals(ByteOrder.nativeOrder(), states.order());
        assertEquals(tokens * StageNodes.HIDDEN * Float.BYTES, states.remaining());
        for (int i = 0; i < tokens * StageNodes.HIDDEN; i++) {
            assertEquals(i + step, states.getFloat(i * Float.BYTES));
        }
    }

    @Test
    void theLargestStepTravelsInPieces() throws Exception {
        start(1, UNLIMITED, LIMITS);
        int tokens = LIMITS.tokenBudget();
        assertTrue(tokens * StageNodes.HIDDEN * Float.BYTES > StageMessages.PIECE_BYTES);
        assertAdded(1, tokens, stage.begin(plan(1, tokens), states(tokens)).await());
    }

    @Test
    void theLastStageGivesTokensAndTheirProbabilities() throws Exception {
        start(2, UNLIMITED, LIMITS);
        StageOutput output = stage.begin(plan(5, 2), states(2)).await();
        StepResult result = ((StageOutput.Sampled) output).result();
        assertEquals(5, result.step());
        assertArrayEquals(new int[] {5}, result.tokens());
        assertArrayEquals(new float[] {-5}, result.logProbs());
    }

    @Test
    void aPlanArrivesAsItWasButForTheIdsOfItsTokens() throws Exception {
        start(1, UNLIMITED, LIMITS);
        StepPlan.Slice sent = plan(5, 2).slices().getFirst();
        stage.begin(plan(5, 2), states(2)).await();
        StepPlan.Slice came = model.seen.getFirst().slices().getFirst();
        assertEquals(plan(5, 2).copies(), model.seen.getFirst().copies());
        assertEquals(sent.sequence(), came.sequence());
        assertEquals(sent.slot(), came.slot());
        assertEquals(sent.end(), came.end());
        assertEquals(sent.sampling(), came.sampling());
        assertEquals(sent.promptLength(), came.promptLength());
        assertTrue(came.samples());
        assertArrayEquals(sent.blocks(), came.blocks());
        assertArrayEquals(sent.history(), came.history());
    }

    @Test
    void aStepThatFailsFailsAloneAndAsItDidThere() throws Exception {
        start(1, UNLIMITED, LIMITS);
        for (StepException.Kind kind : List.of(StepException.Kind.RETRYABLE, StepException.Kind.CAPACITY)) {
            model.failNext(kind);
            StageRun run = stage.begin(plan(1, 1), states(1));
            assertEquals(kind, assertThrows(StepException.class, run::await).kind());
        }
        assertAdded(2, 1, stage.begin(plan(2, 1), states(1)).await());
        assertEquals(List.of(), nodes.losses);
    }

    @Test
    void aStageThatBrokeForGoodIsLostAndItsNodeKnows() throws Exception {
        start(1, UNLIMITED, LIMITS);
        model.failNext(StepException.Kind.FATAL);
        StageRun run = stage.begin(plan(1, 1), states(1));
        assertEquals(
                StepException.Kind.FATAL,
                assertThrows(StepException.class, run::await).kind());
        assertFalse(stage.connected());
        assertEquals(1, nodes.losses.size());
        assertTrue(nodes.losses.getFirst().contains("asked to fail"), nodes.losses.toString());
        eventually("its node knows", () -> !nodes.broken.isEmpty());
    }

    @Test
    void theLossOfANodeFailsTheStepsUnderWayAndAllLaterOnesUntilItIsBack() throws Exception {
        start(1, 1, LIMITS);
        stage.begin(plan(1, 1), states(1)).await();
        StageRun first = stage.begin(plan(2, 1), states(1));
        StageRun second = stage.begin(plan(3, 1), states(1));
        eventually("a step is computed", () -> model.seen.size() == 2);
        var closed = nodeVertx.close();
        for (StageRun run : List.of(first, second)) {
            assertEquals(
                    StepException.Kind.FATAL,
                    assertThrows(StepException.class, run::await).kind());
        }
        StepException later = assertThrows(StepException.class, () -> stage.begin(plan(4, 1), states(1)));
        assertEquals(StepException.Kind.FATAL, later.kind());
        assertEquals(1, nodes.losses.size());
        assertTrue(nodes.losses.getFirst().contains("stage 2/3 at 127.0.0.1"), nodes.losses.toString());

        model.allow(UNLIMITED);
        await(closed);
        nodeVertx = Vertx.vertx();
        model = new ScriptedStage(false, StageNodes.HIDDEN, 64, UNLIMITED);
        nodes.serve(nodeVertx, port, terms(1, LIMITS), LIMITS, model);
        await(stage.connect());
        assertAdded(5, 1, stage.begin(plan(5, 1), states(1)).await());
    }

    @Test
    void aStepThatIsNotAnsweredInTimeLosesItsStage() {
        start(1, 0, patient(SHORT));
        StepException failure = assertThrows(
                StepException.class, () -> stage.begin(plan(1, 1), states(1)).await());
        assertEquals(StepException.Kind.FATAL, failure.kind());
        assertTrue(failure.getMessage().contains("is lost"), failure.getMessage());
        eventually("it is lost", () -> !stage.connected());
    }

    @Test
    void aStageServesOneHeadAndTheNextWhenThatIsGone() {
        start(1, UNLIMITED, LIMITS);
        RemoteStage other = nodes.stage(headVertx, port, terms(1, LIMITS), LIMITS);
        StageRefusedException refusal = refusal(other);
        assertTrue(refusal.retryable());
        assertTrue(refusal.getMessage().contains("another head"), refusal.getMessage());
        stage.close();
        stage = other;
        eventually("it is free", this::connects);
    }

    @Test
    void aStageOfAnotherModelPlaceOrSizeIsRefusedByName() {
        start(1, UNLIMITED, LIMITS);
        Limits larger = TestLimits.with(LIMITS, "maxBatch", LIMITS.maxBatch() + 1);
        StageRefusedException place = refusal(nodes.stage(headVertx, port, terms(2, LIMITS), LIMITS));
        assertFalse(place.retryable());
        assertTrue(place.getMessage().endsWith("stage is 2/3 at this stage and 3/3 at the head"), place.getMessage());
        StageRefusedException size = refusal(nodes.stage(headVertx, port, terms(1, larger), larger));
        assertTrue(
                size.getMessage().endsWith("limits.max-batch is 32 at this stage and 33 at the head"),
                size.getMessage());
    }

    @Test
    void aStepOfMoreTokensThanTheLimitEndsTheLinkWithTheLimitsName() {
        start(1, UNLIMITED, LIMITS);
        int tokens = LIMITS.tokenBudget() + 1;
        StepException failure = assertThrows(
                StepException.class,
                () -> stage.begin(plan(1, tokens), states(tokens)).await());
        assertEquals(StepException.Kind.FATAL, failure.kind());
        assertTrue(failure.getMessage().contains("limits.token-budget is 4096"), failure.getMessage());
    }

    @Test
    void aHeadOfAnotherAuthorityIsNotLetIn() throws Exception {
        start(1, UNLIMITED, LIMITS);
        var theirs = new TestCluster("theirs", 1).setup(0).identity();
        RemoteStage stranger = nodes.stage(headVertx, theirs, port, terms(1, LIMITS), LIMITS);
        assertThrows(AssertionError.class, () -> await(stranger.connect()));
        assertFalse(stranger.connected());
    }

    private static StageRefusedException refusal(RemoteStage stage) {
        AssertionError failure = assertThrows(AssertionError.class, () -> await(stage.connect()));
        return (StageRefusedException) failure.getCause().getCause();
    }
}
