package io.millrace.ort;

import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.model.graph.DecoderPorts;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;

/** Where a lane of the last stage draws tokens from its logits. */
final class SampledLane implements StageExit.Lane {
    private final SlotStates slots;
    private final LongBuffer logitRows;
    private final FloatBuffer logits;
    private final IntBuffer logitBits;
    private final LogitRow row;
    private final Sampler sampler;
    private final Draws draws;

    /** Is told of each token. */
    interface Draws {
        void drawn(int slice, int draw, int token, float logProb);
    }

    /**
     * @param logitRows direct, one element per slot
     * @param logits    direct, float32 {@code [slots, vocabulary]} in native order
     */
    SampledLane(SlotStates slots, int vocabulary, LongBuffer logitRows, ByteBuffer logits, Draws draws) {
        this.slots = slots;
        this.logitRows = logitRows;
        this.logits = logits.asFloatBuffer();
        this.logitBits = logits.asIntBuffer();
        this.row = new LogitRow(vocabulary);
        this.sampler = new Sampler(vocabulary);
        this.draws = draws;
    }

    /** Of the last call, float32, a row for each draw; before the draw's penalties only where {@link #collect} was not called yet. */
    FloatBuffer logits() {
        return logits.duplicate();
    }

    @Override
    public void bind(ShardSession.Run run, StepPlan plan, StepLayout.Call call) {
        logitRows.clear();
        for (int i = 0; i < call.rows(); i++) {
            for (int draws = draws(plan, call, i); draws > 0; draws--) {
                logitRows.put((long) (i + 1) * call.length() - draws);
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
            for (int draw = 0; draw < draws(plan, call, i); draw++) {
                collect(plan, call.slices()[i], draw, at++ * row.size());
            }
        }
    }

    private void collect(StepPlan plan, int index, int draw, int offset) throws StepException {
        row.read(logits, logitBits, offset);
        StepPlan.Slice slice = plan.slices().get(index);
        float total = logSum(plan, slice);
        int token = draw(plan, slice, draw);
        draws.drawn(index, draw, token, logits.get(offset + token) - total);
    }

    private static int draws(StepPlan plan, StepLayout.Call call, int row) {
        int index = call.slices()[row];
        return index == StepLayout.FILLER ? 0 : plan.slices().get(index).draws();
    }

    /** Before the draw, whose penalties change the row. */
    private float logSum(StepPlan plan, StepPlan.Slice slice) throws StepException {
        try {
            return row.logSumOfExponentials();
        } catch (ArithmeticException e) {
            throw StepFailure.of(plan, slice, e);
        }
    }

    private int draw(StepPlan plan, StepPlan.Slice slice, int draw) throws StepException {
        int position = slice.end() - slice.drafted() + draw;
        try {
            int token = sampler.draw(row, slice.sampling(), history(slice, draw), slice.promptLength(), position);
            slots.sampled(slice.slot(), token);
            return token;
        } catch (ArithmeticException e) {
            throw StepFailure.of(plan, slice, e);
        }
    }

    /** The slice's history and, where it is pending, the token fed in this step; or those drafted before the draw. */
    private int[] history(StepPlan.Slice slice, int draw) {
        int[] known = slice.historyOf(draw);
        if (!slice.sampling().needsHistory() || slice.tokens()[slice.tokens().length - 1] != StepPlan.PENDING) {
            return known;
        }
        int[] all = Arrays.copyOf(known, known.length + 1);
        all[known.length] = slots.resolve(slice.slot(), StepPlan.PENDING);
        return all;
    }
}
