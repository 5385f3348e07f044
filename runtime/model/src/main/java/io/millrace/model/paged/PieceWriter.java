package io.millrace.model.paged;

import java.lang.foreign.MemorySegment;

/** Cuts a tensor that is written row by row into pieces of whole rows, as many as the staging memory holds. */
final class PieceWriter {
    private final WeightTensor tensor;
    private final MemorySegment staging;
    private final RankWeights.PieceSink sink;
    private long used;
    private long sent;

    PieceWriter(WeightTensor tensor, MemorySegment staging, RankWeights.PieceSink sink) {
        this.tensor = tensor;
        this.staging = staging;
        this.sink = sink;
    }

    MemorySegment memory() {
        return staging;
    }

    /** Where in {@link #memory()} the next {@code bytes} go. May hand over what was written before. */
    long reserve(long bytes) {
        if (bytes > staging.byteSize()) {
            throw new IllegalArgumentException("a row of " + tensor.name() + " is " + bytes
                    + " bytes, the staging memory only " + staging.byteSize());
        }
        if (used + bytes > staging.byteSize()) {
            send();
        }
        long at = used;
        used += bytes;
        return at;
    }

    /** Hands over the last piece. */
    void finish() {
        send();
        if (sent != tensor.bytes()) {
            throw new IllegalStateException(tensor + ": " + sent + " bytes were written, not " + tensor.bytes());
        }
    }

    private void send() {
        sink.accept(staging.asSlice(0, used), sent);
        sent += used;
        used = 0;
    }
}
