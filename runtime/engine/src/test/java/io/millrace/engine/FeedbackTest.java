package io.millrace.engine;

import static io.millrace.engine.Bench.words;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.SamplingParams;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeedbackTest {
    private static final int[] PENDING = {StepPlan.PENDING};

    @Test
    void aTokenInFlightIsFedBackStepAfterStep() {
        Bench bench = Bench.feedingBack();
        bench.submit(3, 9);
        StepPlan running = bench.plan();
        for (int position = 3; position < 8; position++) {
            StepPlan next = bench.plan();
            assertEquals("0@0:" + position + "+1!", words(next));
            assertArrayEquals(PENDING, next.slices().getFirst().tokens());
            bench.noPlan();
            bench.commit(running);
            running = next;
        }
    }

    @Test
    void withoutFeedbackASequenceWaitsForItsToken() {
        Bench bench = new Bench(false, 1);
        bench.submit(3, 9);
        StepPlan first = bench.plan();
        bench.noPlan();
        bench.commit(first);
        assertArrayEquals(
                new int[] {Bench.TOKEN}, bench.plan().slices().getFirst().tokens());
    }

    @Test
    void anEndIsLearnedOneStepLateAndTheExtraTokenIsDropped() {
        Bench bench = Bench.feedingBack();
        bench.submit(3, 9);
        StepPlan first = bench.plan();
        StepPlan second = bench.plan();
        assertEquals("0:STOP", words(bench.commit(first, Bench.END)));
        assertEquals(List.of(), bench.commit(second, 5));
    }

    @Test
    void aTokenThatIsSureToBeTheLastIsNotFedBack() {
        Bench bench = Bench.feedingBack();
        bench.submit(3, 1);
        StepPlan first = bench.plan();
        bench.noPlan();
        assertEquals("0#1=7 0:LENGTH", words(bench.commit(first)));
    }

    @Test
    void noPositionPastTheContextIsPlanned() {
        Bench bench = Bench.feedingBack("contextTokens", 4);
        bench.submit(3, 0);
        StepPlan first = bench.plan();
        StepPlan second = bench.plan();
        bench.commit(first);
        bench.noPlan();
        assertEquals("0#2=7 0:LENGTH", words(bench.commit(second)));
    }

    @Test
    void slotAndBlocksGoToTheNextOneWhileTheOldOwnersLastStepStillRuns() {
        Bench bench = Bench.feedingBack("maxBatch", 1);
        bench.submit(3, 9);
        bench.submit(2, 9);
        StepPlan first = bench.plan();
        StepPlan extra = bench.plan();
        bench.commit(first, Bench.END);
        StepPlan next = bench.plan();
        assertEquals("1@0:0+2!", words(next));
        assertArrayEquals(
                extra.slices().getFirst().blocks(), next.slices().getFirst().blocks());
        assertEquals(List.of(), bench.commit(extra, 5));
        assertEquals("1#1=7", words(bench.commit(next)));
    }

    @Test
    void theKnownTokensAreSentAsHistoryWithoutTheOneInFlight() {
        Bench bench = Bench.feedingBack();
        bench.submit(3, 9, new SamplingParams(0, 0, 1, 0, 1, 1, 0, 0));
        bench.plan();
        assertArrayEquals(new int[] {1, 2, 3}, bench.plan().slices().getFirst().history());
    }

    @Test
    void onlyTheStepDirectlyBeforeIsFedBack() {
        Bench bench = Bench.feedingBack();
        bench.submit(3, 9);
        StepPlan first = bench.plan();
        StepPlan second = bench.plan();
        bench.scheduler.fail(second.id(), StepException.Kind.RETRYABLE);
        bench.noPlan();
        bench.commit(first);
        assertArrayEquals(
                new int[] {Bench.TOKEN}, bench.plan().slices().getFirst().tokens());
    }
}
