package io.millrace.model.graph;

/**
 * A row of a matrix in 8 bits with one scale: {@code w = (value - 128) * scale}, value in 1..255. Unsigned, because ONNX Runtime's products of
 * unsigned bytes are exact on every CPU, whereas AVX2 clips the sums of two products with a signed one.
 */
final class QuantizedRow {
    static final int ZERO = 128;
    static final int LEVELS = 127;

    final byte[] values;
    float scale;

    QuantizedRow(int columns) {
        values = new byte[columns];
    }

    /** Rounds {@code row} and leaves in it what was lost. */
    void take(float[] row) {
        float largest = 0;
        for (float value : row) {
            largest = Math.max(largest, Math.abs(value));
        }
        scale = largest / LEVELS;
        for (int i = 0; i < row.length; i++) {
            int level = scale == 0 ? 0 : Math.clamp((int) Math.rint(row[i] / scale), -LEVELS, LEVELS);
            values[i] = (byte) (level + ZERO);
            row[i] -= level * scale;
        }
    }
}
