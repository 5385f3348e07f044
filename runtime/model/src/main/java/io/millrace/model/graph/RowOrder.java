package io.millrace.model.graph;

import java.util.function.IntUnaryOperator;

/** Which stored row becomes row {@code i} of a matrix. */
@FunctionalInterface
public interface RowOrder extends IntUnaryOperator {
    RowOrder AS_STORED = row -> row;

    /**
     * Undoes the interleaving that GGUF's Llama files have in Q and K: there the rows {@code 2j} and {@code 2j + 1} of
     * a head rotate together, here {@code j} and {@code j + headDim / 2}, as in the original checkpoints.
     */
    static RowOrder halves(int headDim) {
        int half = headDim / 2;
        return row -> {
            int inHead = row % headDim;
            return row - inHead + 2 * (inHead % half) + inHead / half;
        };
    }
}
