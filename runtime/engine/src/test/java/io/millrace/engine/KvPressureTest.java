package io.millrace.engine;

import static io.millrace.engine.Bench.words;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class KvPressureTest {
    /** Four blocks of two positions: two sequences fit while they are short. */
    private final Bench bench = tight(false);

    private static Bench tight(boolean feedsBack) {
        return new Bench(
                feedsBack,
                1,
                "maxBatch",
                16,
                "contextTokens",
                8,
                "blockTokens",
                2,
                "kvBlocks",
                4,
                "maxWaitingTokens",
                100,
                "stepsInFlight",
                feedsBack ? 2 : 1);
    }

    @Test
    void whenNoBlockIsFreeTheYoungestIsSetBackAndLaterComputedAgain() {
        bench.submit(4, 3);
        bench.submit(4, 2);
        assertEquals("0@0:0+4! 1@1:0+4!", words(bench.step()));
        assertEquals("0@0:4+1!", words(bench.step()));
        assertEquals(1, bench.scheduler.load().setBacks());
        assertEquals(1, bench.scheduler.waitingCount());
        bench.step();
        assertEquals("1@0:0+5!", words(bench.plan()));
    }

    @Test
    void theOneSetBackGoesOnWithItsNextToken() {
        bench.submit(4, 2);
        bench.submit(4, 2);
        bench.step();
        assertEquals("0#2=7 0:LENGTH", words(bench.commit(bench.plan())));
        assertEquals("1#2=7 1:LENGTH", words(bench.commit(bench.plan())));
    }

    @Test
    void theOneSetBackIsTakenInBeforeLaterOnes() {
        bench.submit(4, 3);
        bench.submit(4, 3);
        bench.step();
        bench.submit(1, 1);
        assertEquals("0@0:4+1!", words(bench.step()));
        assertEquals("0@0:5+1!", words(bench.step()));
        assertEquals("2@1:0+1! 1@0:0+5!", words(bench.step()));
    }

    @Test
    void aPromptWaitsForAllItsBlocksAndSetsNobodyThatRunsBack() {
        bench.submit(4, 2);
        bench.submit(5, 1);
        bench.submit(1, 1);
        assertEquals("0@0:0+4!", words(bench.step()));
        assertEquals("0@0:4+1!", words(bench.step()));
        assertEquals("2@1:0+1! 1@0:0+5!", words(bench.step()));
        assertEquals(0, bench.scheduler.load().setBacks());
    }

    @Test
    void tokensInFlightOfTheOneSetBackAreKept() {
        Bench ahead = tight(true);
        ahead.submit(4, 3);
        ahead.submit(4, 3);
        StepPlan both = ahead.plan();
        StepPlan one = ahead.plan();
        assertEquals("0@0:4+1!", words(one));
        assertEquals("0#1=5 1#1=6", words(ahead.commit(both, 5, 6)));
        ahead.commit(one);
        ahead.commit(ahead.plan());
        StepPlan again = ahead.plan();
        assertEquals("1@0:0+5!", words(again));
        assertEquals("1#2=8", words(ahead.commit(again, 8)));
    }

    @Test
    void aStalledOneLosesItsBlocksBeforeARunningOne() {
        bench.submit(4, 3);
        bench.submit(3, 5);
        bench.step();
        bench.scheduler.stall(0, 0);
        assertEquals("1@1:3+1!", words(bench.step()));
        assertEquals("1@1:4+1!", words(bench.step()));
        assertEquals(1, bench.scheduler.load().stalled());
        assertEquals(15, bench.scheduler.load().freeSlots());
    }
}
