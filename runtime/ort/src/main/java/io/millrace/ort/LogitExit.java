package io.millrace.ort;

import io.millrace.engine.ModelProbe.LogitSink;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import io.millrace.model.graph.DecoderPorts;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;

/** The last stage of a model that is measured: the logits of all tokens, and no token drawn. */
final class LogitExit implements StageExit {
    private final int vocabulary;
    private final int tokens;
    private final LogitSink sink;

    /** @param tokens of the largest step */
    LogitExit(int vocabulary, int tokens, LogitSink sink) {
        this.vocabulary = vocabulary;
        this.tokens = tokens;
        this.sink = sink;
    }

    @Override
    public void begin(StepPlan plan) {}

    @Override
    public Lane lane(StageBuffers buffers) {
        return new LogitLane(buffers.longs(tokens), buffers.floats(tokens, vocabulary));
    }

    @Override
    public StageOutput finish(StepPlan plan) {
        return new StageOutput.Sampled(new StepResult(plan.id(), new int[0]));
    }

    private final class LogitLane implements Lane {
        private final LongBuffer logitRows;
        private final FloatBuffer logits;

        /**
         * @param logitRows direct, one element per token of the largest step
         * @param logits    direct, float32 {@code [tokens of the largest step, vocabulary]}
         */
        LogitLane(LongBuffer logitRows, FloatBuffer logits) {
            this.logitRows = logitRows;
            this.logits = logits;
        }

        @Override
        public void bind(ShardSession.Run run, StepPlan plan, StepLayout.Call call) {
            int rows = call.rows() * call.length();
            logitRows.clear();
            for (int row = 0; row < rows; row++) {
                logitRows.put(row);
            }
            logitRows.flip();
            run.input(DecoderPorts.LOGIT_ROWS, logitRows, rows);
            run.output(DecoderPorts.LOGITS, logits.slice(0, rows * vocabulary), 1, rows, vocabulary);
        }

        @Override
        public void collect(StepPlan plan, StepLayout.Call call) {
            for (int row = 0; row < call.rows() * call.length(); row++) {
                int index = call.slices()[row / call.length()];
                if (index != StepLayout.FILLER) {
                    int position = plan.slices().get(index).start() + row % call.length();
                    sink.accept(position, logits.slice(row * vocabulary, vocabulary));
                }
            }
        }
    }
}
