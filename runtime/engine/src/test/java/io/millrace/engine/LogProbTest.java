package io.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.Limits;
import io.millrace.api.SamplingParams;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogProbTest {
    private final Scheduler scheduler =
            new Scheduler(Limits.DEFAULTS, 64, false, PromptPace.of(Integer.MAX_VALUE), KvSharing.NONE, 1);

    private List<Float> commit(float... logProbs) {
        StepPlan plan = scheduler.plan(0).orElseThrow();
        return scheduler.commit(new StepResult(plan.id(), new int[plan.slices().size()], logProbs)).stream()
                .map(event -> ((SequenceEvent.Sampled) event).logProb())
                .toList();
    }

    private void submit() {
        scheduler.submit(new SequenceSpec(new int[] {1, 2}, 8, SamplingParams.GREEDY), 0);
    }

    @Test
    void eachTokenComesWithItsOwn() {
        submit();
        submit();
        assertEquals(List.of(-0.5f, -2f), commit(-0.5f, -2f));
    }

    @Test
    void ofARunnerThatGivesNoneItIsUnknown() {
        submit();
        assertEquals(List.of(Float.NaN), commit());
    }
}
