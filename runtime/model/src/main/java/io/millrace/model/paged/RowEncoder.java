package io.millrace.model.paged;

import io.millrace.model.onnx.ElementType;
import java.lang.foreign.MemorySegment;

/** Turns a row of a matrix into elements of a tensor. Encoders have no state; equal ones encode alike. */
sealed interface RowEncoder permits DenseEncoder, E4m3.Values, E4m3.Scales, IntBlocks.Values, IntBlocks.Scales {
    ElementType type();

    /** Elements that a row of {@code columns} becomes. */
    int elements(int columns);

    /** Encodes {@code row[from .. from + columns]} to byte {@code at} of {@code to}. */
    void encode(float[] row, int from, int columns, MemorySegment to, long at);

    default long bytes(int columns) {
        return (long) elements(columns) * type().bytes();
    }
}
