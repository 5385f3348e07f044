package io.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BatchTunerTest {
    private static final StepBounds MOST = new StepBounds(32, 128);
    private static final Duration GAP = Duration.ofMillis(90);
    private static final long SEED = 7;

    @Test
    void theRuleHalvesABusyWorkersStepsAndDoublesAnIdleOnes() {
        BatchTuner rule = BatchTuner.utilization(new StepBounds(256, 1024));
        StepBounds half = new StepBounds(32, 128);
        assertEquals(new StepBounds(16, 64), rule.next(half, new WorkerUse(0.91, 0)));
        assertEquals(half, rule.next(half, new WorkerUse(0.9, 0)));
        assertEquals(half, rule.next(half, new WorkerUse(0.5, 0)));
        assertEquals(new StepBounds(64, 256), rule.next(half, new WorkerUse(0.49, 0)));
    }

    @Test
    void theRuleTakesNoMoreThanSixtyFourSequencesAndNoFewerThanOne() {
        BatchTuner rule = BatchTuner.utilization(new StepBounds(256, 1024));
        assertEquals(new StepBounds(64, 1024), rule.next(new StepBounds(64, 1024), new WorkerUse(0, 0)));
        assertEquals(new StepBounds(1, 16), rule.next(new StepBounds(1, 16), new WorkerUse(1, 0)));
    }

    @Test
    void promptsGiveWayBeforeSequencesAndComeBackAfterThem() {
        BatchTuner tuner = BatchTuner.latency(MOST, Duration.ofNanos(100));
        assertEquals(new StepBounds(32, 102), tuner.next(MOST, new WorkerUse(1, 125)));
        assertEquals(new StepBounds(16, 16), tuner.next(new StepBounds(32, 16), new WorkerUse(1, 1000)));
        assertEquals(new StepBounds(16, 16), tuner.next(new StepBounds(16, 16), new WorkerUse(1, 90)));
        assertEquals(new StepBounds(20, 16), tuner.next(new StepBounds(16, 16), new WorkerUse(1, 50)));
        assertEquals(new StepBounds(32, 32), tuner.next(new StepBounds(32, 16), new WorkerUse(0, 0)));
    }

    @Test
    void underAChangingLoadTheLatencyTunerHoldsTheGapThatAFixedBatchBreaks() {
        ChangingLoad.Result fixed = ChangingLoad.run(BatchTuner.fixed(), MOST, SEED);
        ChangingLoad.Result held = ChangingLoad.run(BatchTuner.latency(MOST, GAP), MOST, SEED);
        assertTrue(fixed.gapP95() > GAP.toNanos() * 3 / 2, "fixed: " + fixed);
        assertTrue(held.gapP95() < GAP.toNanos() * 5 / 4, "held: " + held);
        assertTrue(held.tokens() > fixed.tokens() * 7 / 10, held + " against " + fixed);
    }

    @Test
    void underAChangingLoadTheRuleFollowsItUpAndDown() {
        ChangingLoad.Result rule = ChangingLoad.run(BatchTuner.utilization(MOST), MOST, SEED);
        assertTrue(rule.bounds().contains(MOST), "idle, it takes all: " + rule);
        assertTrue(
                rule.bounds().stream().anyMatch(bounds -> bounds.sequences() <= 4), "busy, it takes little: " + rule);
    }
}
