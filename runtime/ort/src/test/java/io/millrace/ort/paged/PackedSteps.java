package io.millrace.ort.paged;

import io.millrace.api.Limits;
import io.millrace.api.SamplingParams;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Makes plans with blocks and runs them through stages, as a scheduler would. Blocks of neighbouring positions lie far apart. */
final class PackedSteps {
    private static final int[] NONE = {};

    private final List<ModelStage> stages;
    private final Limits limits;
    private long next;

    PackedSteps(LoadedModel model, Limits limits) {
        this(model.stages(), limits);
    }

    PackedSteps(List<ModelStage> stages, Limits limits) {
        this.stages = stages;
        this.limits = limits;
    }

    StepPlan.Slice slice(int slot, int start, int... tokens) {
        return slice(slot, start, true, tokens);
    }

    StepPlan.Slice slice(int slot, int start, boolean samples, int... tokens) {
        return slice(slot, start, samples, SamplingParams.GREEDY, NONE, 0, tokens);
    }

    StepPlan.Slice slice(
            int slot,
            int start,
            boolean samples,
            SamplingParams sampling,
            int[] history,
            int promptLength,
            int... tokens) {
        int held = Math.ceilDiv(start + tokens.length, limits.blockTokens());
        int[] blocks = IntStream.range(0, held).map(i -> block(slot, i)).toArray();
        return new StepPlan.Slice(slot, slot, start, tokens, blocks, samples ? 1 : 0, sampling, history, promptLength);
    }

    /** Every slot's share of the pool, dealt round, from the last block to the first. */
    private int block(int slot, int i) {
        return limits.kvBlocks() - 1 - (i * limits.maxBatch() + slot);
    }

    StepResult run(List<StepPlan.Slice> slices) throws StepException {
        StepPlan plan = new StepPlan(next++, slices);
        StageOutput output = new StageOutput.Start();
        for (ModelStage stage : stages) {
            output = stage.begin(plan, output).await();
        }
        return ((StageOutput.Sampled) output).result();
    }

    int[] run(StepPlan.Slice... slices) throws StepException {
        return run(List.of(slices)).tokens();
    }

    int[] generate(int slot, int[] prompt, int count) throws StepException {
        List<Integer> tokens = new ArrayList<>();
        tokens.add(run(slice(slot, 0, prompt))[0]);
        while (tokens.size() < count) {
            tokens.add(run(slice(slot, prompt.length + tokens.size() - 1, tokens.getLast()))[0]);
        }
        return tokens.stream().mapToInt(Integer::intValue).toArray();
    }
}
