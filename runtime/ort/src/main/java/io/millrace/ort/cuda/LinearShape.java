package io.millrace.ort.cuda;

/**
 * A product {@code x[tokens, width] * w[rows, width]^T} and what follows it, to {@code y[tokens, columns()]}.
 *
 * @param width a multiple of 16, and rows of 8: vectors of 16 bytes
 */
record LinearShape(int tokens, int rows, int width, WeightType weights, ActivationType type, Epilogue epilogue) {
    LinearShape {
        if (tokens < 1 || width % 16 != 0 || rows % 8 != 0) {
            throw new IllegalArgumentException("a product of " + tokens + " rows with a matrix of " + rows + " by "
                    + width + ": rows must be a multiple of 8, width of 16");
        }
    }

    /** Of the result. */
    int columns() {
        return epilogue == Epilogue.SILU_MUL ? rows / 2 : rows;
    }

    /** The product alone. */
    LinearShape plain() {
        return new LinearShape(tokens, rows, width, weights, type, Epilogue.NONE);
    }
}
