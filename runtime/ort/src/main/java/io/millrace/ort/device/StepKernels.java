package io.millrace.ort.device;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What a step needs on the device beside ONNX Runtime's runs, so that only ids and their log-probabilities come back.
 * Segments are the device's memory where nothing else is said, and work is queued. All addresses are fixed by a capture;
 * what they point at is read when the work is done.
 */
public interface StepKernels {
    /** A token that is not known yet when the step is planned: the last one that its sequence's slot sampled. */
    int PENDING = -1;

    /**
     * Queues the replacement of every {@link #PENDING} token.
     *
     * @param tokens      int32 {@code [count]}, changed in place
     * @param slots       int32 {@code [count]}: the slot of each token's sequence
     * @param lastSampled int32 {@code [slots]}
     */
    void resolve(MemorySegment tokens, MemorySegment slots, MemorySegment lastSampled, int count);

    /** Bytes that {@link #encode} writes at most for so many rows with so many history tokens in all. */
    default long encodedBytes(int rows, int historyTokens) {
        return EncodedRows.bytes(rows, historyTokens);
    }

    /** Writes, in the form that {@link #sample} reads, how rows are sampled. Nothing is queued. */
    default void encode(List<SampleRow> rows, MemorySegment staging) {
        EncodedRows.write(rows, staging);
    }

    /** Queues the drawing of one token for each row. */
    void sample(SampleBatch batch);
}
