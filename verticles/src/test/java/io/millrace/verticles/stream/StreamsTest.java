package io.millrace.verticles.stream;

import static io.millrace.verticles.testing.TestReplica.eventually;
import static io.millrace.verticles.testing.TestReplica.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.api.Prompt;
import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import io.millrace.api.TokenEvent;
import io.millrace.api.Usage;
import io.millrace.engine.StepException;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.Reader;
import io.millrace.verticles.testing.TestLimits;
import io.millrace.verticles.testing.TestReplica;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StreamsTest {
    private CountingStage stage;
    private TestReplica replica;

    private void start(int steps, Limits limits) {
        start(new CountingStage(steps), limits);
    }

    private void start(CountingStage counting, Limits limits) {
        stage = counting;
        replica = new TestReplica(limits, stage);
    }

    private void start() {
        start(CountingStage.UNLIMITED, Limits.DEFAULTS);
    }

    @AfterEach
    void stop() {
        stage.allow(CountingStage.UNLIMITED);
        replica.close();
    }

    @Test
    void aStreamIsAcceptedThenItsTokensInOrderThenOneFinish() {
        start();
        Reader reader = new Reader(replica).generate(request(3, 4));
        TokenEvent end = reader.awaitEnd();

        String handle = reader.awaitHandle();
        assertEquals(
                List.of(
                        new TokenEvent.Accepted(handle, "counting", 3),
                        new TokenEvent.Token(1, 3, "3 "),
                        new TokenEvent.Token(2, 4, "4 "),
                        new TokenEvent.Token(3, 5, "5 "),
                        new TokenEvent.Token(4, 6, "6 "),
                        new TokenEvent.Finished(5, FinishReason.LENGTH, "", new Usage(3, 4), Optional.empty())),
                reader.events());
        assertTrue(end.terminal());
    }

    @Test
    void manyStreamsOnManyLoopsEachGetTheirOwnTokens() {
        start();
        List<Reader> readers = IntStream.range(0, 40)
                .mapToObj(i -> new Reader(replica).generate(request(i + 1, 20)))
                .toList();
        for (int i = 0; i < readers.size(); i++) {
            readers.get(i).awaitEnd();
            assertTrue(readers.get(i).text().startsWith((i + 1) + " " + (i + 2) + " "), readers.get(i)::text);
            assertEquals(20, readers.get(i).tokens());
        }
    }

    @Test
    void stepsThatAreBegunBeforeTheOneBeforeIsDoneGiveTheSameTokens() {
        start(CountingStage.late(CountingStage.UNLIMITED), Limits.DEFAULTS);
        List<Reader> readers = IntStream.range(0, 20)
                .mapToObj(i -> new Reader(replica).generate(request(3, 10)))
                .toList();
        for (Reader reader : readers) {
            reader.awaitEnd();
            assertEquals("3 4 5 6 7 8 9 10 11 12 ", reader.text());
        }
    }

    @Test
    void aStopStringEndsTheStreamAndFreesItsSlot() {
        start();
        Reader reader = new Reader(replica).generate(request(3, 0, "6"));
        TokenEvent.Finished end = assertInstanceOf(TokenEvent.Finished.class, reader.awaitEnd());
        assertEquals(FinishReason.STOP, end.reason());
        assertEquals("3 4 5 ", reader.text());
        eventually("the slot is free", () -> replica.load().freeSlots() == Limits.DEFAULTS.maxBatch());
    }

    @Test
    void aCancelledStreamFinishesOnceAndFreesItsSlot() {
        start(10, Limits.DEFAULTS);
        Reader reader = new Reader(replica).generate(request(3, 0));
        reader.awaitTokens(3);
        reader.tell(StreamLink::cancel);
        reader.tell(StreamLink::cancel);
        TokenEvent.Finished end = assertInstanceOf(TokenEvent.Finished.class, reader.awaitEnd());
        assertEquals(FinishReason.CANCELLED, end.reason());
        stage.allow(100);
        eventually("the slot is free", () -> replica.load().freeSlots() == Limits.DEFAULTS.maxBatch());
        assertEquals(1, reader.events().stream().filter(TokenEvent::terminal).count());
    }

    @Test
    void aConnectionThatGoesAwayFreesSlotAndCacheWithinAStepOfTwoInFlight() {
        start(5, Limits.DEFAULTS);
        Reader reader = new Reader(replica).generate(request(3, 0));
        reader.awaitTokens(5);
        reader.tell(StreamLink::detach);
        stage.allow(2);
        eventually(
                "slot and blocks are free",
                () -> replica.load().freeSlots() == Limits.DEFAULTS.maxBatch()
                        && replica.load().freeBlocks() == Limits.DEFAULTS.kvBlocks()
                        && replica.load().parked() == 1);
    }

    @Test
    void aResumedStreamGoesOnWithoutGapOrRepeat() {
        start(5, Limits.DEFAULTS);
        Reader first = new Reader(replica).generate(request(3, 12));
        String handle = first.awaitHandle();
        first.awaitTokens(4);
        first.tell(StreamLink::detach);
        stage.allow(1_000);

        Reader second = new Reader(replica).resume(handle, 2);
        TokenEvent.Finished end = assertInstanceOf(TokenEvent.Finished.class, second.awaitEnd());
        assertEquals(FinishReason.LENGTH, end.reason());
        assertEquals("5 6 7 8 9 10 11 12 13 14 ", second.text());
        assertEquals(
                new TokenEvent.Accepted(handle, "counting", 3), second.events().getFirst());
        assertEquals(13, end.number());
        assertEquals(12, end.usage().completionTokens());
    }

    @Test
    void onlyAConnectionThatIsOwedEventsIsAwaited() {
        start(2, Limits.DEFAULTS);
        Reader reader = new Reader(replica).generate(request(3, 4));
        reader.awaitTokens(1);
        assertEquals(1, replica.streams.awaited());
        reader.tell(StreamLink::detach);
        eventually("nobody waits", () -> replica.streams.awaited() == 0);
        Reader again = new Reader(replica).resume(reader.awaitHandle(), 0);
        eventually("somebody waits again", () -> replica.streams.awaited() == 1);
        stage.allow(100);
        again.awaitEnd();
        eventually("all is handed over", () -> replica.streams.awaited() == 0);
    }

    @Test
    void aFinishedStreamCanBeReadAgainWithinTheReplayWindow() {
        start();
        Reader first = new Reader(replica).generate(request(3, 4));
        first.awaitEnd();
        Reader second = new Reader(replica).resume(first.awaitHandle(), 0);
        second.awaitEnd();
        assertEquals(first.events(), second.events());
    }

    @Test
    void theNewestConnectionHasTheStreamAndTheOneBeforeIsReset() {
        start(3, Limits.DEFAULTS);
        Reader first = new Reader(replica).generate(request(3, 6));
        first.awaitTokens(2);
        Reader second = new Reader(replica).resume(first.awaitHandle(), 0);
        second.awaitTokens(2);
        first.tell(StreamLink::cancel);
        first.tell(StreamLink::detach);
        stage.allow(100);
        assertEquals(
                FinishReason.LENGTH,
                assertInstanceOf(TokenEvent.Finished.class, second.awaitEnd()).reason());
        eventually("the first is reset", () -> first.resetWith().equals(Optional.of(ErrorCode.CANCELLED)));
        assertEquals(6, second.tokens());
    }

    @Test
    void whatCannotBeResumedIsRejectedWithItsReason() {
        start();
        Reader done = new Reader(replica).generate(request(3, 4));
        done.awaitEnd();
        assertEquals(
                ErrorCode.NOT_FOUND,
                rejection(new Reader(replica).resume("unknown", 0)).code());
        assertEquals(
                ErrorCode.NOT_FOUND,
                rejection(new Reader(replica).resume(done.awaitHandle(), 0, "somebody else"))
                        .code());
        Rejection ahead = rejection(new Reader(replica).resume(done.awaitHandle(), 6));
        assertEquals(ErrorCode.INVALID_REQUEST, ahead.code());
        assertEquals("last_event", ahead.field());
    }

    @Test
    void eventsThatLeftTheReplayWindowAreGone() {
        start(CountingStage.UNLIMITED, TestLimits.with("replayEvents", 8));
        Reader reader = new Reader(replica).generate(request(3, 40));
        reader.awaitEnd();
        assertEquals(
                ErrorCode.REPLAY_GONE,
                rejection(new Reader(replica).resume(reader.awaitHandle(), 1)).code());
    }

    @Test
    void creditHoldsTokensBackButNotTheFinish() {
        start();
        Reader reader = new Reader(replica).generate(request(3, 4), 1);
        reader.awaitTokens(1);
        reader.tell(link -> link.credit(2));
        reader.awaitTokens(3);
        assertEquals(3, reader.tokens());
        reader.tell(link -> link.credit(1));
        reader.awaitEnd();
        assertEquals(4, reader.tokens());
    }

    @Test
    void aReaderThatStopsHoldsAtMostItsBufferAndOthersGoOn() {
        start(60, TestLimits.with("outputBufferBytes", 2_000));
        Reader slow = new Reader(replica).generate(request(3, 0), 0);
        eventually("the slow one is stalled", () -> replica.load().stalled() == 1);
        stage.allow(CountingStage.UNLIMITED);

        Reader quick = new Reader(replica).generate(request(5, 100));
        assertEquals(
                FinishReason.LENGTH,
                assertInstanceOf(TokenEvent.Finished.class, quick.awaitEnd()).reason());
        assertEquals(0, slow.tokens());
        slow.tell(link -> link.credit(10_000));
        slow.awaitEnd();
        assertEquals(replica.limits.contextTokens() - 3 + 1, slow.tokens());
    }

    @Test
    void aTransportThatIsFullIsLeftAloneUntilItDrains() {
        start(4, Limits.DEFAULTS);
        Reader reader = new Reader(replica).generate(request(3, 20));
        reader.awaitTokens(3);
        reader.stopReading();
        stage.allow(1_000);
        eventually("generation is done", () -> replica.load().running() == 0);
        long before = reader.tokens();
        assertTrue(before < 20, "a full transport was sent everything");
        reader.readOn();
        reader.awaitEnd();
        assertEquals(20, reader.tokens());
    }

    @Test
    void aReaderThatNeverReadsEndsAsSlowConsumer() {
        start(60, TestLimits.with(TestLimits.with("outputBufferBytes", 2_000), "stallTimeout", Duration.ofMillis(50)));
        Reader reader = new Reader(replica).generate(request(3, 0), 0);
        eventually("it has ended", () -> replica.finished(FinishReason.SLOW_CONSUMER) == 1);
        reader.tell(link -> link.credit(10_000));
        assertEquals(
                FinishReason.SLOW_CONSUMER,
                assertInstanceOf(TokenEvent.Finished.class, reader.awaitEnd()).reason());
    }

    @Test
    void aStreamThatNobodyComesBackForIsForgotten() {
        start(5, TestLimits.with("replayWindow", Duration.ofMillis(50)));
        Reader reader = new Reader(replica).generate(request(3, 0));
        String handle = reader.awaitHandle();
        reader.tell(StreamLink::detach);
        eventually(
                "no stream is alive",
                () -> replica.meters.get("millrace.streams.alive").gauge().value() == 0);
        assertEquals(
                ErrorCode.NOT_FOUND,
                rejection(new Reader(replica).resume(handle, 0)).code());
    }

    @Test
    void whereTooManyAreDetachedTheOneDetachedLongestEnds() {
        start(1_000, TestLimits.with("maxDetachedStreams", 1));
        Reader first = new Reader(replica).generate(request(3, 0));
        first.awaitHandle();
        first.tell(StreamLink::detach);
        Reader second = new Reader(replica).generate(request(3, 0));
        second.awaitHandle();
        second.tell(StreamLink::detach);
        eventually("one has ended", () -> replica.finished(FinishReason.CANCELLED) == 1);
        assertEquals(
                ErrorCode.NOT_FOUND,
                rejection(new Reader(replica).resume(first.awaitHandle(), 0)).code());
    }

    @Test
    void aFullAdmissionRejectsAtOnceAndSaysWhenToTryAgain() {
        start(0, TestLimits.with(TestLimits.with("maxWaiting", 2), "maxBatch", 1));
        for (int i = 0; i < 3; i++) {
            new Reader(replica).generate(request(3, 5)).awaitHandle();
        }
        Rejection full = rejection(new Reader(replica).generate(request(3, 5)));
        assertEquals(ErrorCode.OVERLOADED, full.code());
        assertTrue(full.retryAfter().isPositive());
    }

    @Test
    void anotherModelThanTheOneServedIsNotFound() {
        start();
        Request other = new Request("other", new Prompt.Text("xxx"), SamplingParams.GREEDY, 5, List.of());
        Rejection rejection = rejection(new Reader(replica).generate(other));
        assertEquals(ErrorCode.NOT_FOUND, rejection.code());
        assertEquals("model", rejection.field());
    }

    @Test
    void aPromptThatIsRefusedDisturbsNobody() {
        start(5, Limits.DEFAULTS);
        Reader good = new Reader(replica).generate(request(3, 8));
        Rejection empty = rejection(new Reader(replica).generate(request(0, 8)));
        assertEquals("prompt", empty.field());
        Rejection tooLong = rejection(new Reader(replica).generate(request(5_000, 8)));
        assertEquals(ErrorCode.INVALID_REQUEST, tooLong.code());
        stage.allow(100);
        good.awaitEnd();
        assertEquals(8, good.tokens());
    }

    @Test
    void aStepThatFailsOnceIsRunAgainUnseen() {
        start(4, Limits.DEFAULTS);
        Reader reader = new Reader(replica).generate(request(3, 10));
        reader.awaitTokens(2);
        stage.failNext(StepException.Kind.RETRYABLE);
        stage.allow(100);
        reader.awaitEnd();
        assertEquals("3 4 5 6 7 8 9 10 11 12 ", reader.text());
    }

    @Test
    void aLostRunnerEndsStreamsWithARetryableErrorAndRefusesNewOnes() {
        start(4, Limits.DEFAULTS);
        Reader reader = new Reader(replica).generate(request(3, 10));
        reader.awaitTokens(2);
        stage.failNext(StepException.Kind.FATAL);
        stage.allow(100);
        TokenEvent.Finished end = assertInstanceOf(TokenEvent.Finished.class, reader.awaitEnd());
        assertEquals(FinishReason.ERROR, end.reason());
        assertTrue(end.error().orElseThrow().code().retryable());
        eventually("the replica is unready", () -> replica.streams.replica() instanceof Replica.Unready);
        assertEquals(
                ErrorCode.UNAVAILABLE,
                rejection(new Reader(replica).generate(request(3, 5))).code());
    }

    @Test
    void aConnectionThatLeavesBeforeItIsAcceptedLeavesNothingBehind() {
        start(0, TestLimits.with("maxBatch", 1));
        new Reader(replica).generate(request(3, 0)).awaitHandle();
        Reader waiting = new Reader(replica).generate(request(3, 5));
        waiting.tell(StreamLink::cancel);
        waiting.awaitEnd();
        eventually("nobody waits", () -> replica.load().waiting() <= 1);
    }

    private static Rejection rejection(Reader reader) {
        return assertInstanceOf(TokenEvent.Rejected.class, reader.awaitEnd()).rejection();
    }
}
