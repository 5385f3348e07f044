package io.millrace.ort;

import io.millrace.engine.StageOutput;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;

/** The last stage: logits of the rows that sample, and a token drawn from each. */
final class SampledExit implements StageExit {
    private final SlotStates slots;
    private final int vocabulary;
    private final int rows;
    private int[] tokens;
    private float[] logProbs;
    private int[] firstDraws;

    /** @param rows that sample in one step, at most */
    SampledExit(SlotStates slots, int vocabulary, int rows) {
        this.slots = slots;
        this.vocabulary = vocabulary;
        this.rows = rows;
    }

    @Override
    public void begin(StepPlan plan) {
        tokens = new int[plan.drawCount()];
        logProbs = new float[tokens.length];
        firstDraws = StepLayout.drawOffsets(plan);
    }

    @Override
    public SampledLane lane(StageBuffers buffers) {
        return new SampledLane(
                slots, vocabulary, buffers.longs(rows), buffers.bytes(rows, vocabulary * Float.BYTES), this::drawn);
    }

    /** Each lane has draws of its own. */
    private void drawn(int slice, int draw, int token, float logProb) {
        tokens[firstDraws[slice] + draw] = token;
        logProbs[firstDraws[slice] + draw] = logProb;
    }

    @Override
    public StageOutput finish(StepPlan plan) {
        return new StageOutput.Sampled(new StepResult(plan.id(), tokens, logProbs));
    }
}
