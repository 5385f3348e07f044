package io.millrace.ort;

import io.millrace.engine.StageOutput;
import io.millrace.engine.StepPlan;
import io.millrace.model.graph.DecoderPorts;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** A later stage: hidden states of the stage before. */
final class HiddenEntry implements StageEntry {
    private final int hidden;
    private final FloatBuffer decodeRows;

    /** @param decodeRows direct, {@code [slots, hidden]} */
    HiddenEntry(int hidden, FloatBuffer decodeRows) {
        this.hidden = hidden;
        this.decodeRows = decodeRows;
    }

    @Override
    public void feed(ShardSession.Run run, StepPlan plan, StepLayout.Call call, StageOutput input) {
        FloatBuffer states = states(input);
        int[] offsets = StepLayout.tokenOffsets(plan);
        FloatBuffer rows;
        if (call.length() > 1) {
            rows = states.slice(offsets[call.slices()[0]] * hidden, call.length() * hidden);
        } else {
            rows = decodeRows.clear();
            for (int index : call.slices()) {
                // A filler computes on whatever lies there: finite numbers, and nobody reads its result.
                if (index != StepLayout.FILLER) {
                    rows.put(rows.position(), states, offsets[index] * hidden, hidden);
                }
                rows.position(rows.position() + hidden);
            }
            rows.flip();
        }
        run.input(DecoderPorts.HIDDEN_IN, rows, call.rows(), call.length(), hidden);
    }

    private static FloatBuffer states(StageOutput input) {
        if (input instanceof StageOutput.Hidden hidden) {
            return hidden.states().duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer();
        }
        throw new IllegalArgumentException("a later stage runs on hidden states, not on " + input);
    }
}
