package io.millrace.ort;

import io.millrace.ort.device.EncodedRows;
import io.millrace.ort.device.SampleBatch;
import io.millrace.ort.device.SampleRow;
import io.millrace.ort.device.StepKernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/** {@link StepKernels} in plain Java, on float32 logits: exact, and what other devices' kernels are held against. */
public final class HostStepKernels implements StepKernels {
    private final LogitRow row;
    private final Sampler sampler;

    /** Kernels for models of {@code vocabulary} tokens. Owned by the device's thread. */
    public HostStepKernels(int vocabulary) {
        row = new LogitRow(vocabulary);
        sampler = new Sampler(vocabulary);
    }

    @Override
    public void resolve(MemorySegment tokens, MemorySegment slots, MemorySegment lastSampled, int count) {
        for (int i = 0; i < count; i++) {
            if (tokens.getAtIndex(ValueLayout.JAVA_INT, i) == PENDING) {
                int slot = slots.getAtIndex(ValueLayout.JAVA_INT, i);
                tokens.setAtIndex(ValueLayout.JAVA_INT, i, lastSampled.getAtIndex(ValueLayout.JAVA_INT, slot));
            }
        }
    }

    @Override
    public void sample(SampleBatch batch) {
        for (int i = 0; i < batch.rows(); i++) {
            SampleRow params = EncodedRows.read(batch.encoded(), batch.rows(), i);
            if (params.slot() != SampleRow.FILLER) {
                sample(batch, i, params);
            }
        }
    }

    private void sample(SampleBatch batch, int i, SampleRow params) {
        long bytes = (long) batch.vocabulary() * Float.BYTES;
        var logits = batch.logits().asSlice(i * bytes, bytes).asByteBuffer().order(ByteOrder.nativeOrder());
        row.read(logits.asFloatBuffer(), logits.asIntBuffer(), 0);
        int id;
        float logProb;
        try {
            double total = logSumExp(row.get(row.best()));
            id = sampler.draw(row, params.params(), history(batch, params), params.promptLength(), params.position());
            logProb = (float) (logits.asFloatBuffer().get(id) - total);
        } catch (ArithmeticException e) {
            id = -1; // as every device says it of logits that are not finite
            logProb = Float.NaN;
        }
        batch.ids().setAtIndex(ValueLayout.JAVA_INT, i, id);
        batch.logProbs().setAtIndex(ValueLayout.JAVA_FLOAT, i, logProb);
        batch.lastSampled().setAtIndex(ValueLayout.JAVA_INT, params.slot(), id);
    }

    private double logSumExp(float max) {
        double sum = 0;
        for (int token = 0; token < row.size(); token++) {
            sum += LogitRow.exponential(row.get(token) - max);
        }
        return max + Math.log(sum);
    }

    private static int[] history(SampleBatch batch, SampleRow params) {
        if (!params.pending()) {
            return params.history();
        }
        int[] all = Arrays.copyOf(params.history(), params.history().length + 1);
        all[all.length - 1] = batch.lastSampled().getAtIndex(ValueLayout.JAVA_INT, params.slot());
        return all;
    }
}
