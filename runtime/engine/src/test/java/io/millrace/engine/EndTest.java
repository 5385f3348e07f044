package io.millrace.engine;

import static io.millrace.engine.Bench.words;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.api.Usage;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EndTest {

    @Test
    void anEndTokenEndsAsStopAndIsNeitherSentNorCounted() {
        Bench bench = Bench.simple();
        bench.submit(3, 9);
        bench.step();
        assertEquals(
                List.of(new SequenceEvent.Ended(0, FinishReason.STOP, new Usage(3, 1), Optional.empty())),
                bench.commit(bench.plan(), Bench.END));
        assertEquals(0, bench.scheduler.activeCount());
    }

    @Test
    void theLastTokenAllowedIsSentAndEndsAsLength() {
        Bench bench = Bench.simple();
        bench.submit(3, 2);
        assertEquals("0#1=5", words(bench.commit(bench.plan(), 5)));
        assertEquals("0#2=6 0:LENGTH", words(bench.commit(bench.plan(), 6)));
        bench.noPlan();
    }

    @Test
    void zeroMaxTokensMeansAsManyAsTheContextHolds() {
        Bench bench = Bench.simple("contextTokens", 5);
        bench.submit(3, 0);
        bench.step();
        bench.step();
        assertEquals("0#3=7 0:LENGTH", words(bench.commit(bench.plan())));
    }

    @Test
    void aPromptAsLongAsTheContextStillGetsOneToken() {
        Bench bench = Bench.simple("contextTokens", 5);
        bench.submit(5, 100);
        assertEquals("0#1=7 0:LENGTH", words(bench.commit(bench.plan())));
    }

    @Test
    void cancellingEndsAtOnceAndOnlyOnce() {
        Bench bench = Bench.simple();
        long id = bench.submit(3, 9);
        StepPlan running = bench.plan();
        assertEquals(
                FinishReason.CANCELLED, bench.scheduler.cancel(id).orElseThrow().reason());
        assertEquals(Optional.empty(), bench.scheduler.cancel(id));
        assertEquals(List.of(), bench.commit(running));
        assertEquals(Limits.DEFAULTS.maxBatch(), bench.scheduler.load().freeSlots());
    }

    @Test
    void aStopStringFoundByTheReaderDropsTheTokensInFlight() {
        Bench bench = Bench.simple();
        long id = bench.submit(3, 9);
        bench.step();
        StepPlan running = bench.plan();
        SequenceEvent.Ended ended = bench.scheduler.finish(id).orElseThrow();
        assertEquals(FinishReason.STOP, ended.reason());
        assertEquals(new Usage(3, 1), ended.usage());
        assertEquals(List.of(), bench.commit(running));
    }

    @Test
    void oneThatWaitsCanBeCancelledToo() {
        Bench bench = Bench.simple("maxBatch", 1);
        bench.submit(3, 9);
        long second = bench.submit(3, 9);
        bench.step();
        assertEquals(1, bench.scheduler.waitingCount());
        bench.scheduler.cancel(second);
        assertEquals(0, bench.scheduler.waitingCount());
        assertEquals("0@0:3+1!", words(bench.step()));
    }
}
