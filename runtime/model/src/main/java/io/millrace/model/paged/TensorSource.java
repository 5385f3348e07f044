package io.millrace.model.paged;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Where the tensors of a whole model come from, by their names in GGUF. */
interface TensorSource {
    /**
     * Writes a part of a matrix's row as {@code encoder} encodes it.
     *
     * @param at byte of {@code to}
     */
    void row(String tensor, int row, Span columns, RowEncoder encoder, MemorySegment to, long at) throws IOException;

    /** A stored vector, whole. */
    float[] vector(String tensor, int length) throws IOException;
}
