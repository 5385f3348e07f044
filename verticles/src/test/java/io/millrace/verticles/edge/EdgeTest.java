package io.millrace.verticles.edge;

import static io.millrace.verticles.testing.TestReplica.await;
import static io.millrace.verticles.testing.TestReplica.eventually;
import static io.millrace.verticles.testing.TestReplica.request;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.api.Tier;
import io.millrace.api.TokenEvent;
import io.millrace.cluster.tier.Rules;
import io.millrace.cluster.tier.TierPolicy;
import io.millrace.verticles.stream.Replica;
import io.millrace.verticles.stream.StreamLink;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.Reader;
import io.millrace.verticles.testing.TestLimits;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients are at the edge. */
class EdgeTest {
    private static final Limits SMALL = TestLimits.with(TestLimits.with("maxWaiting", 1), "maxBatch", 1);

    private TwoTiers tiers;

    @AfterEach
    void stop() {
        tiers.close();
    }

    private void start(int edgeSteps, int centerSteps, TierPolicy policy) throws Exception {
        tiers = new TwoTiers(Limits.DEFAULTS, edgeSteps);
        tiers.startCenter(Limits.DEFAULTS, centerSteps);
        tiers.startEdge(policy);
    }

    private Reader ask(int promptTokens, int maxTokens) {
        return new Reader(tiers.edge).generate(request(promptTokens, maxTokens));
    }

    private void answered(Tier tier, int promptTokens, int tokens, Reader reader) {
        TokenEvent.Finished finished = finish(reader);
        assertEquals(FinishReason.LENGTH, finished.reason());
        assertEquals(tier, finished.tier());
        assertEquals(counted(promptTokens, tokens), reader.text());
        assertEquals(tokens, finished.usage().completionTokens());
    }

    @Test
    void whatIsEscalatedIsComputedByTheCenterAndSaysSo() throws Exception {
        start(0, CountingStage.UNLIMITED, TierPolicy.always());
        answered(Tier.CENTER, 3, 40, ask(3, 40));
        assertEquals(1, tiers.requests("center", "always"));
        assertEquals(0, tiers.edgeStage.begun());
    }

    @Test
    void whatIsKeptNeverCrossesTheLink() throws Exception {
        start(CountingStage.UNLIMITED, 0, TierPolicy.never());
        answered(Tier.EDGE, 3, 40, ask(3, 40));
        assertEquals(1, tiers.requests("edge", "never"));
        assertEquals(0, tiers.linkBytes());
    }

    @Test
    void rulesPartShortPromptsFromLongOnes() throws Exception {
        start(CountingStage.UNLIMITED, CountingStage.UNLIMITED, new Rules(10, 0, 0, true, List.of()));
        answered(Tier.EDGE, 10, 4, ask(10, 4));
        answered(Tier.CENTER, 11, 4, ask(11, 4));
        assertEquals(1, tiers.requests("center", "long_prompt"));
        assertTrue(tiers.linkBytes() > 11, "the prompt went over the link");
    }

    @Test
    void aModelThatIsSureOfItsFirstTokensGoesOn() throws Exception {
        start(CountingStage.UNLIMITED, 0, TierPolicy.confidence(4, -1));
        tiers.edgeStage.likely(-0.5f);
        answered(Tier.EDGE, 3, 40, ask(3, 40));
        answered(Tier.EDGE, 3, 2, ask(3, 2));
        assertEquals(2, tiers.requests("edge", "sure"));
    }

    @Test
    void ofAModelThatIsNotSureNoTokenIsSeen() throws Exception {
        start(CountingStage.UNLIMITED, CountingStage.UNLIMITED, TierPolicy.confidence(4, -1));
        tiers.edgeStage.likely(-2);
        answered(Tier.CENTER, 3, 40, ask(3, 40));
        assertEquals(1, tiers.requests("center", "unsure"));
        eventually("its slot is free", () -> tiers.edge.load().freeSlots() == tiers.edge.limits.maxBatch());
    }

    @Test
    void nothingIsSaidToTheClientUntilItIsDecided() throws Exception {
        start(3, CountingStage.UNLIMITED, TierPolicy.confidence(4, -1));
        tiers.edgeStage.likely(-0.5f);
        Reader reader = ask(3, 40);
        eventually("three tokens are held back", () -> tiers.edgeStage.begun() >= 4);
        assertEquals(List.of(), reader.events());
        tiers.edgeStage.allow(CountingStage.UNLIMITED);
        answered(Tier.EDGE, 3, 40, reader);
    }

    @Test
    void theEdgeGoesOnWhereTheCenterIsKilled() throws Exception {
        start(CountingStage.UNLIMITED, 0, TierPolicy.always());
        List<Reader> readers =
                IntStream.range(0, 5).mapToObj(i -> ask(3 + i, 40)).toList();
        eventually("all are there", () -> tiers.requests("center", "always") == 5);
        tiers.centerStage.allow(10);
        readers.forEach(reader -> reader.awaitTokens(1));
        tiers.killCenter();
        for (int i = 0; i < 5; i++) {
            answered(Tier.CENTER_THEN_EDGE, 3 + i, 40, readers.get(i));
        }
        assertEquals(
                5, tiers.edge.meters.get("millrace.edge.takeovers").counter().count());
    }

    @Test
    void theEdgeGoesOnWhereTheCenterDrains() throws Exception {
        start(CountingStage.UNLIMITED, 7, TierPolicy.always());
        Reader reader = ask(3, 40);
        reader.awaitTokens(5);
        tiers.port.drain();
        answered(Tier.CENTER_THEN_EDGE, 3, 40, reader);
    }

    @Test
    void whereTheEdgeMayNotTakeOverTheClientIsToldToTryAgain() throws Exception {
        tiers = new TwoTiers(Limits.DEFAULTS, CountingStage.UNLIMITED);
        tiers.startCenter(Limits.DEFAULTS, 7);
        await(tiers.edge(TierPolicy.always(), false, "counting"));
        Reader reader = ask(3, 40);
        reader.awaitTokens(5);
        tiers.killCenter();
        Rejection error = finish(reader).error().orElseThrow();
        assertEquals(ErrorCode.UNAVAILABLE, error.code());
        eventually("it is missed", () -> !tiers.centerUp());
        Rejection refused = assertInstanceOf(
                        TokenEvent.Rejected.class, ask(3, 4).awaitEnd())
                .rejection();
        assertEquals(ErrorCode.UNAVAILABLE, refused.code());
        assertTrue(refused.retryAfter().isPositive());
    }

    @Test
    void aCenterThatAnswersNothingButProbesIsNotWaitedFor() throws Exception {
        tiers = new TwoTiers(Limits.DEFAULTS, CountingStage.UNLIMITED);
        tiers.centerTimeout = Duration.ofMillis(200);
        tiers.startDeafCenter();
        tiers.startEdge(TierPolicy.always());
        answered(Tier.EDGE, 3, 40, ask(3, 40));
        assertEquals(1, tiers.unanswered.get());
        assertEquals(1, tiers.requests("edge", "center_down"));
        eventually("it may be asked again", tiers::centerUp);
    }

    @Test
    void theEdgeGoesOnWhereTheCenterFallsSilentAmidTokens() throws Exception {
        tiers = new TwoTiers(Limits.DEFAULTS, CountingStage.UNLIMITED);
        tiers.centerTimeout = Duration.ofSeconds(2);
        tiers.startCenter(Limits.DEFAULTS, 7);
        tiers.startEdge(TierPolicy.always());
        Reader reader = ask(3, 40);
        reader.awaitTokens(5);
        answered(Tier.CENTER_THEN_EDGE, 3, 40, reader);
        tiers.centerStage.allow(CountingStage.UNLIMITED);
        eventually("the slot is free", () -> tiers.center.load().freeSlots() == tiers.center.limits.maxBatch());
    }

    @Test
    void whereTheEdgeMayNotTakeOverTheClientOfASilentCenterIsToldToTryAgain() throws Exception {
        tiers = new TwoTiers(Limits.DEFAULTS, CountingStage.UNLIMITED);
        tiers.centerTimeout = Duration.ofMillis(200);
        tiers.startDeafCenter();
        await(tiers.edge(TierPolicy.always(), false, "counting"));
        Rejection refused = assertInstanceOf(
                        TokenEvent.Rejected.class, ask(3, 4).awaitEnd())
                .rejection();
        assertEquals(ErrorCode.UNAVAILABLE, refused.code());
        assertTrue(refused.message().contains("without a word for 200 ms"), refused.message());
    }

    @Test
    void aClientThatDoesNotReadIsNotTakenForASilentCenter() throws Exception {
        tiers = new TwoTiers(TestLimits.with("outputBufferBytes", 2_000), CountingStage.UNLIMITED);
        tiers.centerTimeout = Duration.ofSeconds(1);
        tiers.startCenter(Limits.DEFAULTS, CountingStage.UNLIMITED);
        tiers.startEdge(TierPolicy.always());
        Reader slow = new Reader(tiers.edge).generate(request(3, 1_000), 0);
        eventually("it is stalled there", () -> tiers.center.load().stalled() == 1);
        // Nothing but time tells that nothing happens.
        Thread.sleep(2_000);
        slow.tell(link -> link.credit(10_000));
        answered(Tier.CENTER, 3, 1_000, slow);
    }

    @Test
    void aCenterThatIsBackIsUsedAgain() throws Exception {
        start(CountingStage.UNLIMITED, CountingStage.UNLIMITED, TierPolicy.always());
        tiers.killCenter();
        eventually("it is missed", () -> !tiers.centerUp());
        answered(Tier.EDGE, 3, 4, ask(3, 4));
        assertEquals(1, tiers.requests("edge", "center_down"));
        tiers.startCenter(Limits.DEFAULTS, CountingStage.UNLIMITED);
        eventually("it is back", tiers::centerUp);
        answered(Tier.CENTER, 3, 4, ask(3, 4));
    }

    @Test
    void anEdgeStartsWithoutItsCenter() throws Exception {
        tiers = new TwoTiers(Limits.DEFAULTS, CountingStage.UNLIMITED);
        tiers.startEdge(TierPolicy.always());
        answered(Tier.EDGE, 3, 4, ask(3, 4));
        tiers.startCenter(Limits.DEFAULTS, CountingStage.UNLIMITED);
        eventually("it is found", tiers::centerUp);
        answered(Tier.CENTER, 3, 4, ask(3, 4));
    }

    @Test
    void aCenterWithAnotherTokenizerIsRefusedByName() throws Exception {
        tiers = new TwoTiers(Limits.DEFAULTS, CountingStage.UNLIMITED);
        tiers.startCenter(Limits.DEFAULTS, CountingStage.UNLIMITED);
        AssertionError failed =
                assertThrows(AssertionError.class, () -> await(tiers.edge(TierPolicy.always(), true, "other words")));
        String message = failed.getCause().getCause().getMessage();
        assertTrue(message.contains("\"other words\"") && message.contains("\"counting\""), message);
        answered(Tier.EDGE, 3, 4, ask(3, 4));
    }

    @Test
    void aSlowClientStallsItsSequenceAtTheCenterAndNothingElse() throws Exception {
        tiers = new TwoTiers(TestLimits.with("outputBufferBytes", 2_000), CountingStage.UNLIMITED);
        tiers.startCenter(Limits.DEFAULTS, CountingStage.UNLIMITED);
        tiers.startEdge(TierPolicy.always());
        Reader slow = new Reader(tiers.edge).generate(request(3, 0), 0);
        eventually("it is stalled there", () -> tiers.center.load().stalled() == 1);
        answered(Tier.CENTER, 5, 500, ask(5, 500));
        assertEquals(1, tiers.center.load().stalled());
        assertEquals(0, slow.tokens());
        slow.tell(link -> link.credit(10_000));
        answered(Tier.CENTER, 3, Limits.DEFAULTS.contextTokens() - 3 + 1, slow);
    }

    @Test
    void whatAFullCenterRefusesTheEdgeComputes() throws Exception {
        tiers = new TwoTiers(Limits.DEFAULTS, CountingStage.UNLIMITED);
        tiers.startCenter(SMALL, 0);
        tiers.startEdge(TierPolicy.always());
        List<Reader> readers = IntStream.range(0, 6).mapToObj(i -> ask(3, 4)).toList();
        eventually("the others are with the edge", () -> tiers.requests("edge", "center_full") >= 3);
        tiers.centerStage.allow(CountingStage.UNLIMITED);
        readers.forEach(reader -> assertEquals(counted(3, 4), textOf(reader)));
    }

    @Test
    void whatAFullEdgeWouldHaveKeptTheCenterComputes() throws Exception {
        tiers = new TwoTiers(SMALL, 0);
        tiers.startCenter(Limits.DEFAULTS, CountingStage.UNLIMITED);
        tiers.startEdge(new Rules(0, 0, 0, true, List.of()));
        List<Reader> readers = IntStream.range(0, 6).mapToObj(i -> ask(3, 4)).toList();
        eventually("the others are with the center", () -> tiers.requests("center", "edge_full") >= 3);
        tiers.edgeStage.allow(CountingStage.UNLIMITED);
        readers.forEach(reader -> assertEquals(counted(3, 4), textOf(reader)));
    }

    @Test
    void aClientThatLeavesCostsTheCenterNothingAndResumesWithoutGapOrRepeat() throws Exception {
        start(CountingStage.UNLIMITED, 7, TierPolicy.always());
        Reader first = ask(3, 40);
        first.awaitTokens(5);
        String handle = first.awaitHandle();
        first.tell(StreamLink::detach);
        tiers.centerStage.allow(CountingStage.UNLIMITED);
        eventually("the slot is free", () -> tiers.center.load().freeSlots() == tiers.center.limits.maxBatch());
        answered(Tier.CENTER, 3, 40, new Reader(tiers.edge).resume(handle, 0));
    }

    @Test
    void whatIsWrongWithARequestTheCenterSaysOnce() throws Exception {
        start(CountingStage.UNLIMITED, CountingStage.UNLIMITED, TierPolicy.always());
        TokenEvent.Rejected rejected =
                assertInstanceOf(TokenEvent.Rejected.class, ask(5_000, 8).awaitEnd());
        assertEquals(ErrorCode.INVALID_REQUEST, rejected.rejection().code());
        assertEquals(0, tiers.edgeStage.begun());
    }

    @Test
    void aDrainThatRunsOutEndsWhatIsAtTheCenter() throws Exception {
        start(CountingStage.UNLIMITED, 7, TierPolicy.always());
        Reader reader = ask(3, 40);
        reader.awaitTokens(5);
        ((Replica.Ready) tiers.edge.streams.replica())
                .runner()
                .endAll(Rejection.of(ErrorCode.UNAVAILABLE, "time is up"));
        assertEquals("time is up", finish(reader).error().orElseThrow().message());
    }

    private static String textOf(Reader reader) {
        finish(reader);
        return reader.text();
    }

    private static TokenEvent.Finished finish(Reader reader) {
        return assertInstanceOf(TokenEvent.Finished.class, reader.awaitEnd());
    }

    private static String counted(int first, int count) {
        return IntStream.range(first, first + count).mapToObj(i -> i + " ").collect(joining());
    }
}
