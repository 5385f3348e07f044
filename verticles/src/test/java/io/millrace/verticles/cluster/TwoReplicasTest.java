package io.millrace.verticles.cluster;

import static io.millrace.verticles.testing.TestReplica.eventually;
import static io.millrace.verticles.testing.TestReplica.request;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.api.TokenEvent;
import io.millrace.engine.StepException;
import io.millrace.verticles.stream.Replica;
import io.millrace.verticles.stream.StreamLink;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.Reader;
import io.millrace.verticles.testing.TestLimits;
import io.millrace.verticles.testing.TestReplica;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two replicas behind the streams of one process. The first request goes to the first. */
class TwoReplicasTest {
    private CountingStage first;
    private CountingStage second;
    private TestReplica both;

    private void start(int firstSteps, int secondSteps, Limits limits) {
        first = new CountingStage(firstSteps);
        second = new CountingStage(secondSteps);
        both = new TestReplica(limits, first, second);
    }

    @AfterEach
    void stop() {
        first.allow(CountingStage.UNLIMITED);
        second.allow(CountingStage.UNLIMITED);
        both.close();
    }

    @Test
    void eachComputesItsShare() {
        start(2, 2, Limits.DEFAULTS);
        List<Reader> readers = IntStream.range(0, 4)
                .mapToObj(i -> new Reader(both).generate(request(3, 40)))
                .toList();
        readers.forEach(Reader::awaitHandle);
        eventually("two are at each", () -> sequences(0) == 2 && sequences(1) == 2);
        first.allow(CountingStage.UNLIMITED);
        second.allow(CountingStage.UNLIMITED);
        readers.forEach(reader -> {
            assertEquals(FinishReason.LENGTH, finish(reader).reason());
            assertEquals(counted(3, 40), reader.text());
        });
    }

    @Test
    void aStreamWhoseReplicaIsLostGoesOnOnTheOtherWithoutGapOrRepeat() {
        start(7, CountingStage.UNLIMITED, Limits.DEFAULTS);
        Reader reader = new Reader(both).generate(request(3, 40));
        reader.awaitTokens(5);
        lose(first);
        assertEquals(FinishReason.LENGTH, finish(reader).reason());
        assertEquals(counted(3, 40), reader.text());
        assertEquals(40, finish(reader).usage().completionTokens());
        assertEquals(1, both.meters.get("millrace.replicas.lost").gauge().value());
        assertEquals(1, both.meters.get("millrace.replicas.handovers").counter().count());
        assertInstanceOf(Replica.Ready.class, both.streams.replica());
    }

    @Test
    void nothingGoesToALostReplica() {
        start(3, CountingStage.UNLIMITED, Limits.DEFAULTS);
        Reader reader = new Reader(both).generate(request(3, 5));
        reader.awaitTokens(1);
        lose(first);
        finish(reader);
        int begun = first.begun();
        for (int i = 0; i < 4; i++) {
            assertEquals(
                    FinishReason.LENGTH,
                    finish(new Reader(both).generate(request(3, 5))).reason());
        }
        assertEquals(begun, first.begun());
    }

    @Test
    void streamsOfTheOtherReplicaAreNotDisturbed() {
        start(3, 3, Limits.DEFAULTS);
        Reader lost = new Reader(both).generate(request(3, 40));
        lost.awaitTokens(1);
        Reader other = new Reader(both).generate(request(5, 40));
        other.awaitTokens(1);
        lose(first);
        second.allow(CountingStage.UNLIMITED);
        finish(lost);
        assertEquals(FinishReason.LENGTH, finish(other).reason());
        assertEquals(counted(5, 40), other.text());
    }

    @Test
    void withTheLastReplicaEveryStreamEndsWithAnErrorToTryAgain() {
        start(3, 3, Limits.DEFAULTS);
        List<Reader> readers = IntStream.range(0, 4)
                .mapToObj(i -> new Reader(both).generate(request(3, 40)))
                .toList();
        readers.forEach(Reader::awaitHandle);
        second.failNext(StepException.Kind.FATAL);
        lose(first);
        second.allow(CountingStage.UNLIMITED);
        readers.forEach(reader -> assertEquals(
                ErrorCode.UNAVAILABLE, finish(reader).error().orElseThrow().code()));
        eventually("it is not ready", () -> both.streams.replica() instanceof Replica.Unready);
    }

    @Test
    void whatAFullReplicaRefusesTheOtherTakes() {
        Limits tight = TestLimits.with(TestLimits.with("maxWaiting", 1), "maxBatch", 1);
        start(0, 0, tight);
        // The first has a slot and a seat, both taken by little; then it has least to do, and no room.
        Reader running = new Reader(both).generate(request(3, 0));
        eventually("it runs", () -> both.load(0).running() == 1);
        new Reader(both).generate(request(900, 0));
        eventually("it runs", () -> both.load(1).running() == 1);
        Reader waiting = new Reader(both).generate(request(3, 0));
        eventually("it waits", () -> both.load(0).waiting() == 1);
        Reader passedOn = new Reader(both).generate(request(3, 0));
        eventually("it waits", () -> both.load(1).waiting() == 1);
        Reader refused = new Reader(both).generate(request(3, 0));
        assertEquals(
                ErrorCode.OVERLOADED,
                assertInstanceOf(TokenEvent.Rejected.class, refused.awaitEnd())
                        .rejection()
                        .code());
        for (Reader admitted : List.of(running, waiting, passedOn)) {
            admitted.awaitHandle();
        }
    }

    @Test
    void aClientThatCancelsFreesItsSlot() {
        start(3, 3, Limits.DEFAULTS);
        Reader one = new Reader(both).generate(request(3, 0));
        one.awaitTokens(1);
        Reader other = new Reader(both).generate(request(3, 0));
        other.awaitTokens(1);
        other.tell(StreamLink::cancel);
        assertEquals(FinishReason.CANCELLED, finish(other).reason());
        second.allow(10);
        eventually("the slot is free", () -> both.load(1).freeSlots() == both.limits.maxBatch());
        assertEquals(1, both.load(0).running());
    }

    @Test
    void aClientThatLeavesResumesWithoutGapOrRepeat() {
        start(7, CountingStage.UNLIMITED, Limits.DEFAULTS);
        Reader before = new Reader(both).generate(request(3, 40));
        before.awaitTokens(5);
        String handle = before.awaitHandle();
        before.tell(StreamLink::detach);
        first.allow(CountingStage.UNLIMITED);
        eventually("the slot is free", () -> both.load(0).freeSlots() == both.limits.maxBatch());
        Reader after = new Reader(both).resume(handle, 0);
        assertEquals(FinishReason.LENGTH, finish(after).reason());
        assertEquals(counted(3, 40), after.text());
    }

    private int sequences(int replica) {
        return both.load(replica).running() + both.load(replica).waiting();
    }

    private void lose(CountingStage stage) {
        stage.failNext(StepException.Kind.FATAL);
        stage.allow(CountingStage.UNLIMITED);
    }

    private static TokenEvent.Finished finish(Reader reader) {
        return assertInstanceOf(TokenEvent.Finished.class, reader.awaitEnd());
    }

    private static String counted(int from, int count) {
        return IntStream.range(from, from + count).mapToObj(i -> i + " ").collect(joining());
    }
}
