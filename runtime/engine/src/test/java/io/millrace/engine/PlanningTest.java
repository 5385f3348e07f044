package io.millrace.engine;

import static io.millrace.engine.Bench.words;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.SamplingParams;
import org.junit.jupiter.api.Test;

class PlanningTest {

    @Test
    void nobodyMeansNoPlan() {
        Bench.simple().noPlan();
    }

    @Test
    void aShortPromptIsComputedInOneStepAndThenTokenByToken() {
        Bench bench = Bench.simple();
        bench.submit(3, 9);
        StepPlan prompt = bench.step();
        assertEquals("0@0:0+3!", words(prompt));
        assertArrayEquals(new int[] {1, 2, 3}, prompt.slices().getFirst().tokens());
        StepPlan next = bench.step();
        assertEquals("0@0:3+1!", words(next));
        assertArrayEquals(new int[] {Bench.TOKEN}, next.slices().getFirst().tokens());
    }

    @Test
    void aLongPromptIsCutIntoChunksAndSamplesOnlyAtItsEnd() {
        Bench bench = Bench.simple("prefillChunk", 4);
        bench.submit(10, 9);
        assertEquals("0@0:0+4", words(bench.step()));
        assertEquals("0@0:4+4", words(bench.step()));
        assertEquals("0@0:8+2!", words(bench.step()));
        assertEquals("0@0:10+1!", words(bench.step()));
    }

    @Test
    void theBudgetBoundsAStepAndTheRestFollows() {
        Bench bench = Bench.simple("maxBatch", 4, "tokenBudget", 6);
        bench.submit(4, 9);
        bench.submit(4, 9);
        bench.submit(4, 9);
        assertEquals("0@0:0+4! 1@1:0+2", words(bench.step()));
        assertEquals("0@0:4+1! 1@1:2+2! 2@2:0+3", words(bench.step()));
        assertEquals("0@0:5+1! 1@1:4+1! 2@2:3+1!", words(bench.step()));
    }

    @Test
    void promptsThatTheDeviceWouldNotComputeFasterTogetherAreComputedInTheOrderOfArrival() {
        Bench bench = Bench.of(PromptPace.of(4));
        bench.submit(4, 9);
        bench.submit(5, 9);
        assertEquals("0@0:0+4!", words(bench.step()));
        assertEquals("0@0:4+1! 1@1:0+4", words(bench.step()));
        assertEquals("0@0:5+1! 1@1:4+1!", words(bench.step()));
    }

    @Test
    void promptsThatTheDeviceComputesSideBySideShareAStep() {
        Bench bench = Bench.of(new PromptPace(4, 2));
        bench.submit(4, 9);
        bench.submit(3, 9);
        bench.submit(2, 9);
        assertEquals("0@0:0+2 1@1:0+2", words(bench.step()));
        assertEquals("1@1:2+1! 0@0:2+2! 2@2:0+2!", words(bench.step()));
    }

    @Test
    void aPromptThatIsAloneHasTheWholeStepOnADeviceForSeveral() {
        Bench bench = Bench.of(new PromptPace(4, 2));
        bench.submit(8, 9);
        assertEquals("0@0:0+4", words(bench.step()));
        assertEquals("0@0:4+4!", words(bench.step()));
    }

    @Test
    void whoCannotBeSeatedLeavesTheWholeStepToThePromptThatIs() {
        Bench bench = new Bench(
                false, new PromptPace(4, 2), 1, KvSharing.NONE, TestLimits.with("stepsInFlight", 1, "maxBatch", 1));
        bench.submit(8, 9);
        bench.submit(8, 9);
        assertEquals("0@0:0+4", words(bench.step()));
    }

    @Test
    void streamsThatRunAreServedBeforePromptsThoughThesePrecedeThem() {
        Bench bench = Bench.simple("maxBatch", 2, "tokenBudget", 4);
        long older = bench.submit(20, 9);
        bench.submit(1, 9);
        bench.scheduler.park(older);
        bench.step();
        bench.scheduler.unpark(older);
        bench.step();
        assertEquals("1@0:2+1! 0@1:3+3", words(bench.step()));
    }

    @Test
    void moreThanTheBatchWaitInTheOrderOfTheirArrival() {
        Bench bench = Bench.simple("maxBatch", 2);
        for (int i = 0; i < 4; i++) {
            bench.submit(2, 2);
        }
        assertEquals("0@0:0+2! 1@1:0+2!", words(bench.step()));
        bench.step();
        assertEquals("2@0:0+2! 3@1:0+2!", words(bench.step()));
    }

    @Test
    void theLowestFreeSlotIsGivenFirst() {
        Bench bench = Bench.simple("maxBatch", 4);
        for (int i = 0; i < 4; i++) {
            bench.submit(1, 9);
        }
        bench.step();
        bench.scheduler.cancel(2);
        bench.scheduler.cancel(1);
        bench.submit(2, 9);
        assertEquals("0@0:1+1! 3@3:1+1! 4@1:0+2!", words(bench.step()));
    }

    @Test
    void noMoreStepsAreInFlightThanAllowed() {
        Bench bench = Bench.simple("prefillChunk", 1);
        bench.submit(9, 9);
        StepPlan first = bench.plan();
        bench.noPlan();
        bench.commit(first);
        bench.plan();
    }

    @Test
    void historyIsSentOnlyWhereSamplingNeedsItAndOnlyWithTheSlicesThatSample() {
        Bench bench = Bench.simple("prefillChunk", 2);
        SamplingParams penalty = new SamplingParams(0, 0, 1, 0, 1.5f, 0, 0, 0);
        bench.submit(3, 9, penalty);
        bench.submit(2, 9);
        StepPlan first = bench.step();
        assertEquals(0, first.slices().get(0).history().length);
        assertEquals(0, first.slices().get(1).history().length);
        assertArrayEquals(new int[] {1, 2, 3}, bench.step().slices().getFirst().history());
    }

    @Test
    void blocksAreTakenAsPositionsNeedThem() {
        Bench bench = Bench.simple("blockTokens", 4, "kvBlocks", 512);
        bench.submit(7, 9);
        assertArrayEquals(new int[] {0, 1}, bench.step().slices().getFirst().blocks());
        assertArrayEquals(new int[] {0, 1}, bench.step().slices().getFirst().blocks());
        assertArrayEquals(new int[] {0, 1, 2}, bench.step().slices().getFirst().blocks());
        assertEquals(509, bench.scheduler.load().freeBlocks());
    }
}
