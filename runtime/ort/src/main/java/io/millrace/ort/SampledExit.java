package io.millrace.ort;

import ai.onnxruntime.OrtException;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import io.millrace.model.graph.DecoderPorts;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;

/** The last stage: logits of the rows that sample, and a token drawn from each. */
final class SampledExit implements StageExit {
    private final SlotStates slots;
    private final LongBuffer logitRows;
    private final FloatBuffer logits;
    private final IntBuffer logitBits;
    private final LogitRow row;
    private final Sampler sampler;
    private int[] tokens;
    private float[] logProbs;
    private int count;

    /**
     * @param logitRows direct, one element per slot
     * @param logits    direct, float32 {@code [slots, vocabulary]} in native order
     */
    SampledExit(SlotStates slots, int vocabulary, LongBuffer logitRows, ByteBuffer logits) {
        this.slots = slots;
        this.logitRows = logitRows;
        this.logits = logits.asFloatBuffer();
        this.logitBits = logits.asIntBuffer();
        this.row = new LogitRow(vocabulary);
        this.sampler = new Sampler(vocabulary);
    }

    @Override
    public void begin(StepPlan plan) {
        tokens = new int[plan.slices().size()];
        logProbs = new float[tokens.length];
        count = 0;
    }

    @Override
    public void bind(ShardSession.Run run, StepPlan plan, StepLayout.Call call) throws OrtException {
        logitRows.clear();
        for (int i = 0; i < call.rows(); i++) {
            if (samples(plan, call, i)) {
                logitRows.put((long) i * call.length() + call.length() - 1);
            }
        }
        while (logitRows.position() < fewestRows(call)) {
            logitRows.put(call.length() - 1L);
        }
        logitRows.flip();
        int rows = logitRows.limit();
        run.input(DecoderPorts.LOGIT_ROWS, logitRows, rows);
        run.output(DecoderPorts.LOGITS, logits.slice(0, rows * row.size()), 1, rows, row.size());
    }

    /**
     * Rows computed where fewer sample, for nothing: an empty part is an error in ONNX Runtime, and a single row among
     * decode rows would be computed otherwise than many ({@link StepLayout}).
     */
    private static int fewestRows(StepLayout.Call call) {
        return Math.min(2, call.rows());
    }

    @Override
    public void collect(StepPlan plan, StepLayout.Call call) throws StepException {
        int at = 0;
        for (int i = 0; i < call.rows(); i++) {
            if (samples(plan, call, i)) {
                int offset = at++ * row.size();
                row.read(logits, logitBits, offset);
                int index = call.slices()[i];
                StepPlan.Slice slice = plan.slices().get(index);
                float total = logSum(plan, slice);
                tokens[index] = draw(plan, slice);
                logProbs[index] = logits.get(offset + tokens[index]) - total;
                count++;
            }
        }
    }

    private static boolean samples(StepPlan plan, StepLayout.Call call, int row) {
        int index = call.slices()[row];
        return index != StepLayout.FILLER && plan.slices().get(index).samples();
    }

    /** Before the draw, whose penalties change the row. */
    private float logSum(StepPlan plan, StepPlan.Slice slice) throws StepException {
        try {
            return row.logSumOfExponentials();
        } catch (ArithmeticException e) {
            throw StepFailure.of(plan, slice, e);
        }
    }

    private int draw(StepPlan plan, StepPlan.Slice slice) throws StepException {
        try {
            int token = sampler.draw(row, slice.sampling(), history(slice), slice.promptLength(), slice.end());
            slots.sampled(slice.slot(), token);
            return token;
        } catch (ArithmeticException e) {
            throw StepFailure.of(plan, slice, e);
        }
    }

    /** The slice's history and, where it is pending, the token fed in this step. */
    private int[] history(StepPlan.Slice slice) {
        int[] known = slice.history();
        if (!slice.sampling().needsHistory() || slice.tokens()[slice.tokens().length - 1] != StepPlan.PENDING) {
            return known;
        }
        int[] all = Arrays.copyOf(known, known.length + 1);
        all[known.length] = slots.resolve(slice.slot(), StepPlan.PENDING);
        return all;
    }

    @Override
    public StageOutput finish(StepPlan plan) {
        int[] drawn = new int[count];
        float[] likely = new float[count];
        int at = 0;
        for (int i = 0; i < tokens.length; i++) {
            if (plan.slices().get(i).samples()) {
                likely[at] = logProbs[i];
                drawn[at++] = tokens[i];
            }
        }
        return new StageOutput.Sampled(new StepResult(plan.id(), drawn, likely));
    }
}
