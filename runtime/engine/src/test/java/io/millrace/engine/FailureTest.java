package io.millrace.engine;

import static io.millrace.engine.Bench.words;
import static io.millrace.engine.StepException.Kind.CAPACITY;
import static io.millrace.engine.StepException.Kind.FATAL;
import static io.millrace.engine.StepException.Kind.RETRYABLE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Rejection;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailureTest {

    @Test
    void aFailedStepLeavesNothingBehindAndIsPlannedAgain() {
        Bench bench = Bench.simple("blockTokens", 1, "kvBlocks", 2048);
        bench.submit(3, 9);
        SchedulerLoad before = bench.scheduler.load();
        StepPlan plan = bench.plan();
        assertEquals(List.of(), bench.scheduler.fail(plan.id(), RETRYABLE));
        assertEquals(before.freeBlocks(), bench.scheduler.load().freeBlocks());
        StepPlan again = bench.plan();
        assertEquals(words(plan), words(again));
        assertEquals("0#1=7", words(bench.commit(again)));
    }

    @Test
    void laterStepsInFlightAreRolledBackTooAndTheirResultsAreIgnored() {
        Bench bench = Bench.feedingBack();
        bench.submit(3, 9);
        StepPlan failed = bench.plan();
        StepPlan later = bench.plan();
        bench.scheduler.fail(failed.id(), RETRYABLE);
        assertEquals(0, bench.scheduler.load().stepsInFlight());
        assertEquals(List.of(), bench.commit(later, 5));
        assertEquals(List.of(), bench.scheduler.fail(later.id(), FATAL));
        assertEquals("0@0:0+3!", words(bench.plan()));
    }

    @Test
    void stepsBeforeTheFailedOneGoOn() {
        Bench bench = new Bench(false, 2);
        bench.submit(1, 9);
        bench.submit(1, 9);
        StepPlan first = bench.plan();
        StepPlan second = bench.plan();
        bench.scheduler.fail(second.id(), RETRYABLE);
        assertEquals("1@1:0+1!", words(bench.plan()));
        assertEquals("0#1=7", words(bench.commit(first)));
    }

    @Test
    void afterItsRetriesTheReplicaIsLostAndEverySequenceMayBeTriedElsewhere() {
        Bench bench = Bench.simple("stepRetries", 2);
        bench.submit(3, 9);
        bench.scheduler.fail(bench.plan().id(), RETRYABLE);
        bench.scheduler.fail(bench.plan().id(), RETRYABLE);
        assertEquals("0:ERROR", words(bench.scheduler.fail(bench.plan().id(), RETRYABLE)));
    }

    @Test
    void aStepThatGoesWellForgetsTheFailuresBefore() {
        Bench bench = Bench.simple("stepRetries", 1);
        bench.submit(3, 9);
        for (int i = 0; i < 5; i++) {
            assertEquals(List.of(), bench.scheduler.fail(bench.plan().id(), RETRYABLE));
            bench.step();
        }
    }

    @Test
    void othersThatGoWellDoNotHideASequenceWhoseStepsAlwaysFail() {
        Bench bench = new Bench(false, 2, "stepRetries", 1);
        bench.submit(1, 9);
        bench.submit(1, 9);
        StepPlan good = bench.plan();
        bench.scheduler.fail(bench.plan().id(), RETRYABLE);
        bench.commit(good);
        bench.plan();
        StepPlan bad = bench.plan();
        assertEquals("1@1:0+1!", words(bad));
        assertEquals("0:ERROR 1:ERROR", words(bench.scheduler.fail(bad.id(), RETRYABLE)));
    }

    @Test
    void theFailuresOfASequenceThatHasEndedDoNotCountAgainstOthers() {
        Bench bench = Bench.feedingBack("stepRetries", 1);
        bench.submit(1, 9);
        bench.scheduler.fail(bench.plan().id(), RETRYABLE);
        bench.submit(1, 9);
        StepPlan both = bench.plan();
        bench.scheduler.cancel(0);
        assertEquals(List.of(), bench.scheduler.fail(both.id(), RETRYABLE));
    }

    @Test
    void fatalEndsAllWhateverTheirStateWithARejectionThatMayBeRetried() {
        Bench bench = Bench.simple("maxBatch", 1);
        bench.submit(3, 9);
        bench.submit(3, 9);
        bench.scheduler.park(bench.submit(3, 9));
        StepPlan plan = bench.plan();
        List<SequenceEvent> events = bench.scheduler.fail(plan.id(), FATAL);
        assertEquals("0:ERROR 1:ERROR 2:ERROR", words(events));
        for (SequenceEvent event : events) {
            assertTrue(
                    ((SequenceEvent.Ended) event).error().orElseThrow().code().retryable());
        }
        assertEquals(0, bench.scheduler.activeCount());
        assertEquals(List.of(), bench.commit(plan));
    }

    @Test
    void aLackOfMemorySetsTheYoungestBackAndFewerRunUntilManyStepsWentWell() {
        Bench bench = Bench.simple("maxBatch", 3);
        for (int i = 0; i < 3; i++) {
            bench.submit(1, 0);
        }
        assertEquals(List.of(), bench.scheduler.fail(bench.plan().id(), CAPACITY));
        for (int i = 0; i < 64; i++) {
            assertEquals(2, bench.step().slices().size());
        }
        assertEquals("0@0:64+1! 1@1:64+1! 2@2:0+1!", words(bench.step()));
    }

    @Test
    void aSequenceTooLargeEvenAloneEndsAloneAfterItsRetries() {
        Bench bench = Bench.simple("maxBatch", 2, "stepRetries", 1);
        bench.submit(1, 9);
        bench.submit(1, 9);
        bench.scheduler.fail(bench.plan().id(), CAPACITY);
        bench.scheduler.fail(bench.plan().id(), CAPACITY);
        List<SequenceEvent> events = bench.scheduler.fail(bench.plan().id(), CAPACITY);
        assertEquals(FinishReason.ERROR, Bench.reason(events));
        assertEquals("0:ERROR", words(events));
        assertEquals("1@0:0+1!", words(bench.step()));
    }

    @Test
    void drainingEndsAllWithTheReasonGiven() {
        Bench bench = Bench.simple();
        bench.submit(3, 9);
        StepPlan running = bench.plan();
        Rejection drained = Rejection.of(ErrorCode.UNAVAILABLE, "the node stops");
        SequenceEvent event = bench.scheduler.endAll(drained).getFirst();
        assertEquals(drained, ((SequenceEvent.Ended) event).error().orElseThrow());
        bench.submit(3, 9);
        assertEquals("1@0:0+3!", words(bench.plan()));
        assertEquals(List.of(), bench.commit(running));
    }

    @Test
    void reportsThatCannotBeAreProgrammersErrors() {
        Bench bench = new Bench(false, 2);
        bench.submit(1, 9);
        bench.submit(1, 9);
        StepPlan first = bench.plan();
        StepPlan second = bench.plan();
        assertThrows(IllegalStateException.class, () -> bench.commit(second));
        assertThrows(IllegalArgumentException.class, () -> bench.scheduler.fail(second.id() + 1, RETRYABLE));
        assertThrows(IllegalArgumentException.class, () -> bench.commit(first, 1, 2));
    }
}
