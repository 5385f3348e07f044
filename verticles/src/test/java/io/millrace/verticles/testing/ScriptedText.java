package io.millrace.verticles.testing;

import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import java.nio.charset.StandardCharsets;

/** A model of {@link CountingProvider}'s tokens that gives every prompt the same answer, a byte a token. */
public final class ScriptedText implements ModelStage {
    private final byte[] answer;

    public ScriptedText(String answer) {
        this.answer = answer.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public StageRun begin(StepPlan plan, StageOutput input) {
        int[] tokens = plan.slices().stream()
                .filter(StepPlan.Slice::samples)
                .mapToInt(slice -> token(slice.end() - slice.promptLength()))
                .toArray();
        StageOutput output = new StageOutput.Sampled(new StepResult(plan.id(), tokens));
        return () -> output;
    }

    private int token(int index) {
        return index < answer.length ? answer[index] & 0xff : CountingProvider.END;
    }

    @Override
    public void close() {}
}
