package io.millrace.engine;

import static io.millrace.engine.Bench.words;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Prompts count from 1, and every guess is that it goes on like this. */
class SpeculationTest {
    private static int[] countingOn(int[] tokens, int length, int most) {
        int[] drafts = new int[most];
        Arrays.setAll(drafts, i -> tokens[length - 1] + 1 + i);
        return drafts;
    }

    private static Bench bench(Object... changes) {
        Object[] limits = Arrays.copyOf(changes, changes.length + 2);
        limits[changes.length] = "draftTokens";
        limits[changes.length + 1] = 4;
        return Bench.guessing(SpeculationTest::countingOn, limits);
    }

    /** A sequence of a prompt of 3 whose first two tokens were foretold, so that the next two are guessed. */
    private static void foretold(Bench bench, int maxTokens) {
        bench.submit(3, maxTokens);
        StepPlan first = bench.plan();
        StepPlan second = bench.plan();
        assertEquals("0#1=4", words(bench.commit(first, 4)));
        bench.noPlan();
        assertEquals("0#2=5", words(bench.commit(second, 5)));
    }

    @Test
    void asManyAreGuessedAsWereForetoldUpToTheLimit() {
        Bench bench = bench();
        foretold(bench, 99);
        StepPlan two = bench.plan();
        assertEquals("0@0:4+3!", words(two));
        assertArrayEquals(new int[] {5, 6, 7}, two.slices().getFirst().tokens());
        assertEquals("0#3=6 0#4=7 0#5=8", words(bench.commit(two, 6, 7, 8)));
        assertEquals(new DraftUse(2, 2), bench.scheduler.drafts());
        assertEquals("0@0:7+5!", words(bench.plan()));
    }

    @Test
    void aTokenWhoseFollowersAreGuessedIsNotFedBack() {
        Bench bench = bench();
        foretold(bench, 99);
        bench.plan();
        bench.noPlan();
    }

    @Test
    void theFirstTokenThatWasNotGuessedIsTheLastOfItsStepAndNothingIsGuessedAfterIt() {
        Bench bench = bench("blockTokens", 2, "kvBlocks", 1024);
        foretold(bench, 99);
        int free = bench.scheduler.load().freeBlocks();
        StepPlan plan = bench.plan();
        assertEquals("0#3=6 0#4=50", words(bench.commit(plan, 6, 50, 8)));
        assertEquals(new DraftUse(2, 1), bench.scheduler.drafts());
        assertEquals(free - 1, bench.scheduler.load().freeBlocks(), "blocks of 6 positions, not of 7");
        assertEquals("0@0:6+1!", words(bench.plan()));
    }

    @Test
    void anEndTokenAmongTheDraftsEndsTheStream() {
        Bench bench = bench();
        foretold(bench, 99);
        assertEquals("0#3=6 0:STOP", words(bench.commit(bench.plan(), 6, Bench.END, 8)));
        assertEquals(TestLimits.with().kvBlocks(), bench.scheduler.load().freeBlocks());
    }

    @Test
    void noMoreIsGuessedThanMayStillCome() {
        Bench bench = bench();
        foretold(bench, 4);
        StepPlan plan = bench.plan();
        assertEquals("0@0:4+2!", words(plan));
        assertEquals("0#3=6 0#4=7 0:LENGTH", words(bench.commit(plan, 6, 7)));
    }

    @Test
    void whatIsDrawnAfterAStopStringIsDropped() {
        Bench bench = bench();
        foretold(bench, 99);
        StepPlan plan = bench.plan();
        bench.scheduler.finish(0);
        assertEquals(List.of(), bench.commit(plan, 6, 7, 8));
    }

    @Test
    void whoLosesItsSlotKeepsTheTokensThatWereGuessedRight() {
        Bench bench = bench();
        foretold(bench, 99);
        StepPlan plan = bench.plan();
        bench.scheduler.park(0);
        assertEquals("0#3=6 0#4=7 0#5=50", words(bench.commit(plan, 6, 7, 50)));
        bench.scheduler.unpark(0);
        StepPlan anew = bench.plan();
        assertArrayEquals(
                new int[] {1, 2, 3, 4, 5, 6, 7, 50}, anew.slices().getFirst().tokens());
    }

    @Test
    void aStepThatFailedIsGuessedAnew() {
        Bench bench = bench();
        foretold(bench, 99);
        StepPlan plan = bench.plan();
        bench.scheduler.fail(plan.id(), StepException.Kind.RETRYABLE);
        assertEquals("0@0:4+3!", words(bench.plan()));
    }

    @Test
    void nothingIsGuessedForMoreSequencesThanTheLimit() {
        Bench bench = bench("draftSequences", 1);
        foretold(bench, 99);
        bench.submit(2, 99);
        StepPlan plan = bench.plan();
        assertEquals("0@0:4+1! 1@1:0+2!", words(plan));
        bench.commit(plan, 6, 3);
        assertEquals("0@0:5+1! 1@1:2+1!", words(bench.plan()));
    }

    @Test
    void nothingIsGuessedWhileSomebodyWaits() {
        Bench bench = bench("kvBlocks", 8, "draftSequences", 2);
        foretold(bench, 99);
        bench.submit(2040, 3);
        assertEquals("0@0:4+1!", words(bench.plan()));
        assertEquals(1, bench.scheduler.load().waiting());
    }

    @Test
    void aGuessTakesNobodysBlock() {
        Bench bench = bench("blockTokens", 2, "contextTokens", 10, "kvBlocks", 6, "draftSequences", 2);
        foretold(bench, 99);
        bench.submit(2, 99);
        StepPlan plan = bench.plan();
        assertEquals("0@0:4+1! 1@1:0+2!", words(plan));
        bench.commit(plan, 6, 3);
        assertEquals("0@0:5+1! 1@1:2+1!", words(bench.plan()));
    }
}
