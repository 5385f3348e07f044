package io.millrace.ort.paged;

import io.millrace.engine.StageOutput;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * What came back from the device for a plan.
 *
 * @param every whether every slice has a row of logits, or only those that sample
 * @param from  ids and log-probabilities, or hidden states, in staging memory
 */
record StepOutcome(RankModel model, StepPlan plan, boolean every, MemorySegment from) {

    StageOutput read() throws StepException {
        return model.rank().layers().hasHead() ? sampled() : hidden();
    }

    private StageOutput hidden() {
        // Without the fillers: the next stage packs the plan itself.
        long bytes = model.hiddenBytes(plan.tokenCount());
        return new StageOutput.Hidden(from.asSlice(0, bytes).asByteBuffer().order(ByteOrder.nativeOrder()));
    }

    private StageOutput sampled() throws StepException {
        int count = plan.drawCount();
        int[] tokens = new int[count];
        float[] logProbs = new float[count];
        MemorySegment probabilities = from.asSlice(from.byteSize() / 2);
        int row = 0;
        int at = 0;
        for (StepPlan.Slice slice : plan.slices()) {
            for (int draw = 0; draw < slice.draws(); draw++) {
                tokens[at] = from.getAtIndex(ValueLayout.JAVA_INT, row);
                logProbs[at] = probabilities.getAtIndex(ValueLayout.JAVA_FLOAT, row++);
                check(slice, tokens[at++]);
            }
            row += every && !slice.samples() ? 1 : 0;
        }
        return new StageOutput.Sampled(new StepResult(plan.id(), tokens, logProbs));
    }

    private void check(StepPlan.Slice slice, int token) throws StepException {
        if (token < 0) {
            throw new StepException(
                    StepException.Kind.FATAL,
                    "step " + plan.id() + ", sequence " + slice.sequence() + " at " + slice.end()
                            + ": a logit is not finite",
                    null);
        }
    }
}
