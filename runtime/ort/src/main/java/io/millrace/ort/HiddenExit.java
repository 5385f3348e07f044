package io.millrace.ort;

import io.millrace.engine.StageOutput;
import io.millrace.engine.StepPlan;
import io.millrace.model.graph.DecoderPorts;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/** All stages but the last: hidden states in the plan's order, in one of as many buffers as steps may be in flight. */
final class HiddenExit implements StageExit {
    private final int hidden;
    private final int decodeRows;
    private final List<ByteBuffer> ring;
    private int next;
    private ByteBuffer bytes;
    private FloatBuffer states;
    private int[] offsets;

    /**
     * @param decodeRows of one step, at most
     * @param ring       direct, each {@code [tokens of the largest step, hidden]}
     */
    HiddenExit(int hidden, int decodeRows, List<ByteBuffer> ring) {
        this.hidden = hidden;
        this.decodeRows = decodeRows;
        this.ring = ring;
    }

    @Override
    public void begin(StepPlan plan) {
        bytes = ring.get(next);
        next = (next + 1) % ring.size();
        states = bytes.order(ByteOrder.nativeOrder()).asFloatBuffer();
        offsets = StepLayout.tokenOffsets(plan);
    }

    @Override
    public Lane lane(StageBuffers buffers) {
        return new HiddenLane(buffers.floats(decodeRows, hidden));
    }

    @Override
    public StageOutput finish(StepPlan plan) {
        int length = plan.tokenCount() * hidden * Float.BYTES;
        return new StageOutput.Hidden(bytes.slice(0, length).order(ByteOrder.nativeOrder()));
    }

    private final class HiddenLane implements Lane {
        private final FloatBuffer decodeRows;

        /** @param decodeRows direct, {@code [slots, hidden]} */
        HiddenLane(FloatBuffer decodeRows) {
            this.decodeRows = decodeRows;
        }

        @Override
        public void bind(ShardSession.Run run, StepPlan plan, StepLayout.Call call) {
            FloatBuffer rows = call.length() > 1
                    ? states.slice(offsets[call.slices()[0]] * hidden, call.length() * hidden)
                    : decodeRows.slice(0, call.rows() * hidden);
            run.output(DecoderPorts.HIDDEN_OUT, rows, call.rows(), call.length(), hidden);
        }

        @Override
        public void collect(StepPlan plan, StepLayout.Call call) {
            if (call.length() > 1) {
                return;
            }
            for (int row = 0; row < call.rows(); row++) {
                int index = call.slices()[row];
                if (index != StepLayout.FILLER) {
                    states.put(offsets[index] * hidden, decodeRows, row * hidden, hidden);
                }
            }
        }
    }
}
