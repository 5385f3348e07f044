package io.millrace.ort;

import io.millrace.api.SamplingParams;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import java.util.Arrays;
import java.util.List;

/** Makes plans and runs them through stages, as a scheduler would. */
final class Steps {
    private static final int[] NONE = {};

    private final List<? extends ModelStage> stages;
    private long next;

    Steps(LoadedModel model) {
        this(model.stages());
    }

    Steps(List<? extends ModelStage> stages) {
        this.stages = stages;
    }

    /** A slice that samples greedily at its end. */
    static StepPlan.Slice slice(int slot, int start, int... tokens) {
        return slice(slot, start, true, tokens);
    }

    static StepPlan.Slice slice(int slot, int start, boolean samples, int... tokens) {
        return new StepPlan.Slice(
                slot, slot, start, tokens, NONE, samples ? 1 : 0, SamplingParams.GREEDY, NONE, start + tokens.length);
    }

    int[] run(StepPlan.Slice... slices) throws StepException {
        return result(slices).tokens();
    }

    StepResult result(StepPlan.Slice... slices) throws StepException {
        return result(List.of(), slices);
    }

    StepResult result(List<StepPlan.Copy> copies, StepPlan.Slice... slices) throws StepException {
        StepPlan plan = new StepPlan(next++, List.of(slices), copies);
        StageOutput output = new StageOutput.Start();
        for (ModelStage stage : stages) {
            output = stage.begin(plan, output).await();
        }
        return ((StageOutput.Sampled) output).result();
    }

    /** Prefills a prompt alone and goes on greedily. */
    int[] generate(int slot, int[] prompt, int count) throws StepException {
        int[] tokens = new int[count];
        tokens[0] = run(slice(slot, 0, prompt))[0];
        for (int i = 1; i < count; i++) {
            tokens[i] = run(slice(slot, prompt.length + i - 1, tokens[i - 1]))[0];
        }
        return tokens;
    }

    /** {@code count} ids below {@code vocabulary}, the same for the same seed. */
    static int[] randomTokens(int count, int vocabulary, long seed) {
        return new java.util.Random(seed).ints(count, 0, vocabulary).toArray();
    }

    static int[] range(int[] tokens, int from, int to) {
        return Arrays.copyOfRange(tokens, from, to);
    }
}
