package io.millrace.verticles.batching;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.Limits;
import io.millrace.api.SamplingParams;
import io.millrace.engine.BatchTuner;
import io.millrace.engine.KvSharing;
import io.millrace.engine.PromptPace;
import io.millrace.engine.Scheduler;
import io.millrace.engine.StepBounds;
import io.millrace.engine.StepPlan;
import io.millrace.engine.WorkerUse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StepTuningTest {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final StepBounds SMALL = new StepBounds(2, 32);

    private final Scheduler scheduler =
            new Scheduler(Limits.DEFAULTS, 2048, true, PromptPace.of(128), KvSharing.NONE, 1);
    private final List<WorkerUse> seen = new ArrayList<>();
    private double busySeconds;

    private final BatchTuner tuner = (now, use) -> {
        seen.add(use);
        return SMALL;
    };
    private final StepTuning tuning = new StepTuning(scheduler, tuner, () -> busySeconds, 0);

    @Test
    void theTunerIsAskedOnceASecondAndTheSchedulerFollowsIt() {
        assertEquals(new StepBounds(Limits.DEFAULTS.maxBatch(), 128), scheduler.bounds());
        tuning.tick(999 * MILLI);
        assertEquals(List.of(), seen);
        busySeconds = 0.25;
        tuning.tick(1000 * MILLI);
        assertEquals(List.of(new WorkerUse(0.25, 0)), seen);
        assertEquals(SMALL, scheduler.bounds());
    }

    @Test
    void theGapIsTheTimeBetweenStepsThatStreamsGotATokenFrom() {
        tuning.committed(step(1), 10 * MILLI);
        tuning.committed(step(64), 40 * MILLI);
        tuning.committed(step(1), 70 * MILLI);
        tuning.tick(1000 * MILLI);
        assertEquals(60 * MILLI, seen.getFirst().gapNanos());
    }

    private static StepPlan step(int tokens) {
        StepPlan.Slice slice =
                new StepPlan.Slice(0, 0, 0, new int[tokens], new int[1], 1, SamplingParams.GREEDY, new int[0], tokens);
        return new StepPlan(0, List.of(slice));
    }
}
