package io.millrace.engine;

import static io.millrace.engine.Bench.words;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamStateTest {

    @Test
    void aStalledSequenceIsNotPlannedAndGoesOnWhereItWas() {
        Bench bench = Bench.simple();
        long id = bench.submit(3, 9);
        bench.step();
        bench.scheduler.stall(id, 0);
        bench.noPlan();
        assertEquals(1, bench.scheduler.load().stalled());
        bench.scheduler.unstall(id);
        assertEquals("0@0:3+1!", words(bench.step()));
    }

    @Test
    void theTokenInFlightOfAStalledSequenceStillComes() {
        Bench bench = Bench.simple();
        long id = bench.submit(3, 9);
        StepPlan running = bench.plan();
        bench.scheduler.stall(id, 0);
        assertEquals("0#1=7", words(bench.commit(running)));
    }

    @Test
    void aStalledSequenceLosesItsSlotToOneThatWaitsAndIsComputedAgain() {
        Bench bench = Bench.simple("maxBatch", 2);
        bench.submit(2, 9);
        bench.submit(2, 9);
        bench.step();
        bench.scheduler.stall(0, 0);
        bench.submit(2, 2);
        assertEquals("1@1:2+1! 2@0:0+2!", words(bench.step()));
        bench.scheduler.unstall(0);
        assertEquals("1@1:3+1! 2@0:2+1!", words(bench.step()));
        assertEquals("1@1:4+1! 0@0:0+3!", words(bench.step()));
    }

    @Test
    void theOneStalledLongestLosesItsSlotFirst() {
        Bench bench = Bench.simple("maxBatch", 2);
        bench.submit(2, 9);
        bench.submit(2, 9);
        bench.step();
        bench.scheduler.stall(1, 0);
        bench.scheduler.stall(0, 1);
        bench.submit(2, 2);
        assertEquals("2@1:0+2!", words(bench.step()));
    }

    @Test
    void pastItsTimeoutAStalledSequenceEndsAsSlowConsumer() {
        Bench bench = Bench.simple("stallTimeout", Duration.ofNanos(10));
        bench.submit(3, 9);
        bench.submit(3, 9);
        bench.step();
        bench.scheduler.stall(0, 5);
        bench.scheduler.stall(1, 6);
        assertEquals(List.of(), bench.scheduler.expire(14));
        assertEquals("0:SLOW_CONSUMER", words(bench.scheduler.expire(15)));
        bench.scheduler.unstall(1);
        assertEquals(List.of(), bench.scheduler.expire(100));
    }

    @Test
    void parkingFreesSlotAndBlocksAtOnceThoughAStepHoldsThem() {
        Bench bench = Bench.simple();
        SchedulerLoad empty = bench.scheduler.load();
        long id = bench.submit(3, 9);
        StepPlan running = bench.plan();
        bench.scheduler.park(id);
        SchedulerLoad parked = bench.scheduler.load();
        assertEquals(1, parked.parked());
        assertEquals(empty.freeSlots(), parked.freeSlots());
        assertEquals(empty.freeBlocks(), parked.freeBlocks());
        assertEquals("0#1=7", words(bench.commit(running)));
        bench.noPlan();
    }

    @Test
    void oneThatComesBackIsComputedAgainInChunksAndSendsNoTokenTwice() {
        Bench bench = Bench.simple("prefillChunk", 3);
        long id = bench.submit(3, 9);
        bench.step();
        bench.step();
        bench.scheduler.park(id);
        bench.noPlan();
        bench.scheduler.unpark(id);
        assertEquals("0@0:0+3", words(bench.step()));
        StepPlan last = bench.plan();
        assertEquals("0@0:3+2!", words(last));
        assertEquals("0#3=7", words(bench.commit(last)));
    }

    @Test
    void oneThatComesBackWaitsForItsStepInFlight() {
        Bench bench = Bench.feedingBack();
        long id = bench.submit(3, 9);
        StepPlan running = bench.plan();
        bench.scheduler.park(id);
        bench.scheduler.unpark(id);
        bench.noPlan();
        bench.commit(running);
        assertEquals("0@0:0+4!", words(bench.plan()));
    }

    @Test
    void oneThatComesBackIsTakenInByItsOldArrival() {
        Bench bench = Bench.simple("maxBatch", 1);
        bench.submit(2, 9);
        bench.step();
        bench.scheduler.park(0);
        bench.submit(2, 1);
        bench.submit(2, 1);
        assertEquals("1@0:0+2!", words(bench.step()));
        bench.scheduler.unpark(0);
        assertEquals("0@0:0+3!", words(bench.step()));
    }

    @Test
    void aParkedSequenceCanNeitherStallNorExpire() {
        Bench bench = Bench.simple("stallTimeout", Duration.ofNanos(10));
        long id = bench.submit(3, 9);
        bench.scheduler.stall(id, 0);
        bench.scheduler.park(id);
        bench.scheduler.stall(id, 1);
        assertEquals(List.of(), bench.scheduler.expire(100));
        bench.scheduler.unstall(id);
        bench.noPlan();
    }

    @Test
    void callsAboutASequenceThatHasEndedDoNothing() {
        Bench bench = Bench.simple();
        SchedulerLoad empty = bench.scheduler.load();
        long id = bench.submit(3, 9);
        bench.scheduler.cancel(id);
        bench.scheduler.stall(id, 0);
        bench.scheduler.unstall(id);
        bench.scheduler.park(id);
        bench.scheduler.unpark(id);
        assertEquals(empty, bench.scheduler.load());
    }
}
