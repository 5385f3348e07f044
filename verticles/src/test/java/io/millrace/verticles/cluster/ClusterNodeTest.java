package io.millrace.verticles.cluster;

import static io.millrace.verticles.testing.TestReplica.await;
import static io.millrace.verticles.testing.TestReplica.eventually;
import static io.millrace.verticles.testing.TestReplica.request;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.api.TokenEvent;
import io.millrace.engine.KvSharing;
import io.millrace.verticles.stream.StreamLink;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.Reader;
import io.millrace.verticles.testing.SharedHints;
import io.millrace.verticles.testing.TestCluster;
import io.millrace.verticles.testing.TestLimits;
import io.millrace.verticles.testing.TestReplica;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Two nodes over mutual TLS in one JVM, which hear each other without a cluster. Clients are at node-0; where it is heard
 * of, node-1 computes.
 */
class ClusterNodeTest {
    private static TestCluster ours;
    private static TestCluster theirs;

    private final Vertx ownVertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    private final Vertx otherVertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    private CountingStage ownStage;
    private CountingStage otherStage;
    private TestReplica own;
    private TestReplica other;
    private ClusterNode otherNode;

    @BeforeAll
    static void makeKeys() throws IOException {
        ours = new TestCluster("ours", 2);
        theirs = new TestCluster("theirs", 1);
    }

    @AfterEach
    void stop() {
        if (ownStage != null) {
            ownStage.allow(CountingStage.UNLIMITED);
            otherStage.allow(CountingStage.UNLIMITED);
        }
        await(ownVertx.close());
        await(otherVertx.close());
    }

    private void start(int ownSteps, int otherSteps, Limits limits, ClusterSetup ownSetup) {
        ownStage = new CountingStage(ownSteps);
        otherStage = new CountingStage(otherSteps);
        other = new TestReplica(otherVertx, limits, otherStage, KvSharing.BY_COPY);
        own = new TestReplica(ownVertx, limits, ownStage);
        HintBus hints = new SharedHints();
        otherNode = other.join(ours.setup(1), hints);
        own.join(ownSetup, hints);
        eventually(
                "node-0 hears node-1",
                () -> own.meters.get("millrace.cluster.nodes").gauge().value() == 2);
    }

    private void start(int otherSteps, Limits limits) {
        start(CountingStage.UNLIMITED, otherSteps, limits, ours.setup(0));
    }

    @Test
    void aRequestIsComputedByTheNodeThatIsChosen() {
        start(CountingStage.UNLIMITED, Limits.DEFAULTS);
        Reader reader = new Reader(own).generate(request(3, 40));
        assertEquals(FinishReason.LENGTH, finish(reader).reason());
        assertEquals(counted(3, 40), reader.text());
        assertEquals(1, counter("millrace.cluster.sequences.sent"));
        assertEquals(0, other.load().running());
    }

    @Test
    void aSlowClientStallsItsSequenceOnTheOtherNodeAndNothingElse() {
        start(CountingStage.UNLIMITED, TestLimits.with("outputBufferBytes", 2_000));
        Reader slow = new Reader(own).generate(request(3, 0), 0);
        eventually("it is stalled there", () -> other.load().stalled() == 1);
        Reader quick = new Reader(own).generate(request(5, 500));
        assertEquals(FinishReason.LENGTH, finish(quick).reason());
        assertEquals(counted(5, 500), quick.text());
        assertEquals(1, other.load().stalled());
        assertEquals(0, slow.tokens());
        slow.tell(link -> link.credit(10_000));
        finish(slow);
        assertEquals(counted(3, own.limits.contextTokens() - 3 + 1), slow.text());
    }

    @Test
    void aStreamGoesOnHereWhereItsNodeDrains() {
        start(7, Limits.DEFAULTS);
        Reader reader = new Reader(own).generate(request(3, 40));
        reader.awaitTokens(5);
        otherNode.drain();
        assertEquals(FinishReason.LENGTH, finish(reader).reason());
        assertEquals(counted(3, 40), reader.text());
        assertEquals(40, finish(reader).usage().completionTokens());
        assertEquals(3, finish(reader).usage().promptTokens());
        assertEquals(1, counter("millrace.cluster.handovers"));
    }

    @Test
    void whatTheOtherNodeHadCachedOfThePromptIsTold() {
        start(CountingStage.UNLIMITED, Limits.DEFAULTS);
        assertEquals(0, finish(new Reader(own).generate(request(40, 4))).usage().cachedTokens());
        assertEquals(
                32, finish(new Reader(own).generate(request(40, 4))).usage().cachedTokens());
    }

    @Test
    void aNodeThatDrainsTakesNothingNew() {
        start(CountingStage.UNLIMITED, Limits.DEFAULTS);
        otherNode.drain();
        Reader reader = new Reader(own).generate(request(3, 4));
        assertEquals(FinishReason.LENGTH, finish(reader).reason());
    }

    @Test
    void aClientThatCancelsFreesTheSlotOnTheOtherNode() {
        start(7, Limits.DEFAULTS);
        Reader reader = new Reader(own).generate(request(3, 0));
        reader.awaitTokens(3);
        reader.tell(StreamLink::cancel);
        assertEquals(FinishReason.CANCELLED, finish(reader).reason());
        otherStage.allow(10);
        eventually("the slot is free", () -> other.load().freeSlots() == other.limits.maxBatch());
    }

    @Test
    void aClientThatLeavesCostsTheOtherNodeNothingAndResumesWithoutGapOrRepeat() {
        start(7, Limits.DEFAULTS);
        Reader first = new Reader(own).generate(request(3, 40));
        first.awaitTokens(5);
        String handle = first.awaitHandle();
        first.tell(StreamLink::detach);
        otherStage.allow(CountingStage.UNLIMITED);
        eventually("the slot is free", () -> other.load().freeSlots() == other.limits.maxBatch());
        Reader second = new Reader(own).resume(handle, 0);
        assertEquals(FinishReason.LENGTH, finish(second).reason());
        assertEquals(counted(3, 40), second.text());
    }

    @Test
    void aStopStringEndsTheSequenceOnTheOtherNode() {
        start(CountingStage.UNLIMITED, Limits.DEFAULTS);
        Reader reader = new Reader(own).generate(request(3, 0, "30"));
        assertEquals(FinishReason.STOP, finish(reader).reason());
        eventually("the slot is free", () -> other.load().freeSlots() == other.limits.maxBatch());
    }

    @Test
    void aNodeWithAnotherCertificateIsRefusedAndComputesAlone() {
        start(
                CountingStage.UNLIMITED,
                CountingStage.UNLIMITED,
                Limits.DEFAULTS,
                ours.setup(0, theirs.setup(0).identity()));
        Reader reader = new Reader(own).generate(request(3, 40));
        assertEquals(FinishReason.LENGTH, finish(reader).reason());
        assertEquals(counted(3, 40), reader.text());
        assertEquals(0, other.meters.get("millrace.step.tokens").summary().count());
    }

    @Test
    void whereEveryNodeIsFullTheClientHearsSo() {
        Limits tight = TestLimits.with(TestLimits.with("maxWaiting", 1), "maxBatch", 1);
        start(0, 0, tight, ours.setup(0));
        List<Reader> crowd = IntStream.range(0, 7)
                .mapToObj(i -> new Reader(own).generate(request(3, 0)))
                .toList();
        eventually(
                "those whom no node has a place for are told",
                () -> crowd.stream()
                                .flatMap(reader -> reader.events().stream())
                                .filter(event -> event instanceof TokenEvent.Rejected rejected
                                        && rejected.rejection().code() == ErrorCode.OVERLOADED)
                                .count()
                        >= 3);
    }

    @Test
    void whatIsWrongWithARequestIsSaidOnceAndByTheFirstNode() {
        start(CountingStage.UNLIMITED, Limits.DEFAULTS);
        Reader reader = new Reader(own).generate(request(5_000, 8));
        assertEquals(
                ErrorCode.INVALID_REQUEST,
                assertInstanceOf(TokenEvent.Rejected.class, reader.awaitEnd())
                        .rejection()
                        .code());
        assertEquals(1, counter("millrace.cluster.sequences.sent"));
    }

    private static TokenEvent.Finished finish(Reader reader) {
        return assertInstanceOf(TokenEvent.Finished.class, reader.awaitEnd());
    }

    private double counter(String name) {
        return own.meters.get(name).counter().count();
    }

    private static String counted(int first, int count) {
        return IntStream.range(first, first + count).mapToObj(i -> i + " ").collect(joining());
    }
}
