package io.millrace.verticles.app.probe;

import io.millrace.api.SamplingParams;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepPlan.Slice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Runs a model's stages one after the other, on the calling thread. */
final class StepByStep {
    private static final int[] NONE = {};

    private final LoadedModel model;
    private final int blockTokens;
    private final int blocksOfRow;
    private long next;

    /**
     * @param blockTokens   positions of a KV block
     * @param contextTokens positions of a row
     */
    StepByStep(LoadedModel model, int blockTokens, int contextTokens) {
        this.model = model;
        this.blockTokens = blockTokens;
        this.blocksOfRow = Math.ceilDiv(contextTokens, blockTokens);
    }

    /** Computes tokens of row 0, and samples none. */
    void feed(int start, int[] tokens) throws IOException {
        run(List.of(slice(0, start, false, tokens)));
    }

    /** Computes a prompt in each of {@code rows} rows; returns their first tokens. */
    int[] prompts(int rows, int[] prompt) throws IOException {
        int[] first = new int[rows];
        for (int row = 0; row < rows; row++) {
            first[row] = run(List.of(slice(row, 0, true, prompt)))[0];
        }
        return first;
    }

    /** One token more in every row, greedily. */
    int[] decode(int position, int[] tokens) throws IOException {
        List<Slice> slices = new ArrayList<>();
        for (int row = 0; row < tokens.length; row++) {
            slices.add(slice(row, position, true, tokens[row]));
        }
        return run(slices);
    }

    private Slice slice(int row, int start, boolean samples, int... tokens) {
        int end = start + tokens.length;
        int firstBlock = row * blocksOfRow;
        int[] blocks = IntStream.range(firstBlock, firstBlock + Math.ceilDiv(end, blockTokens))
                .toArray();
        return new Slice(row, row, start, tokens, blocks, samples ? 1 : 0, SamplingParams.GREEDY, NONE, end);
    }

    private int[] run(List<Slice> slices) throws IOException {
        StepPlan plan = new StepPlan(next++, slices);
        StageOutput output = new StageOutput.Start();
        try {
            for (ModelStage stage : model.stages()) {
                output = stage.begin(plan, output).await();
            }
        } catch (StepException e) {
            throw new IOException("a step failed: " + e.getMessage(), e);
        }
        return output instanceof StageOutput.Sampled sampled ? sampled.result().tokens() : NONE;
    }
}
