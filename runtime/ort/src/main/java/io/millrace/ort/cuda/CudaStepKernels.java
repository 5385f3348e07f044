package io.millrace.ort.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.millrace.ort.device.EncodedRows;
import io.millrace.ort.device.SampleBatch;
import io.millrace.ort.device.StepKernels;
import java.lang.foreign.MemorySegment;

/**
 * Sampling by sample.cu, from {@link EncodedRows}.
 *
 * <p>Where top-k, top-p or min-p hold, a token is drawn from the 1,024 largest logits at most. Penalties are applied in
 * float32, and the changed logits rounded to their own type again.
 */
final class CudaStepKernels implements StepKernels, AutoCloseable {
    private static final int SAMPLE_THREADS = 1024;
    private static final int THREADS = 256;

    /** sample.cu: MAX_TILES * TILE. */
    private static final int MAX_VOCABULARY = 524_288;

    private final CudaDevice device;

    /** How often each token is in a row's history, {@code [rows, vocabulary]}; zero between calls. */
    private final Scratch counts;

    CudaStepKernels(CudaDevice device) {
        this.device = device;
        counts = new Scratch(device);
    }

    @Override
    public void resolve(MemorySegment tokens, MemorySegment slots, MemorySegment lastSampled, int count) {
        device.kernel("elementwise.cu", "resolve")
                .launch(
                        device.stream(),
                        Math.ceilDiv(count, THREADS),
                        1,
                        THREADS,
                        tokens.address(),
                        slots.address(),
                        lastSampled.address(),
                        count);
    }

    @Override
    public void sample(SampleBatch batch) {
        if (batch.vocabulary() > MAX_VOCABULARY) {
            throw new IllegalArgumentException(
                    "a vocabulary of " + batch.vocabulary() + " tokens; the limit is " + MAX_VOCABULARY);
        }
        long encoded = batch.encoded().address();
        device.kernel("sample.cu", "sample")
                .launch(
                        device.stream(),
                        batch.rows(),
                        1,
                        SAMPLE_THREADS,
                        batch.logits().address(),
                        encoded,
                        encoded + EncodedRows.bytes(batch.rows(), 0),
                        counts.atLeast((long) batch.rows() * batch.vocabulary() * JAVA_INT.byteSize())
                                .address(),
                        batch.ids().address(),
                        batch.logProbs().address(),
                        batch.lastSampled().address(),
                        batch.vocabulary());
    }

    @Override
    public void close() {
        counts.close();
    }
}
