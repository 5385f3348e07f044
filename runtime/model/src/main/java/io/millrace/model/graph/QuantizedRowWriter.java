package io.millrace.model.graph;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes a part of a matrix that has one scale a row: turned, rounded, and by column and row, as the right side of a product. */
final class QuantizedRowWriter {
    /** Rows in memory at once, where they are not mixed with more. */
    private static final int ROWS = 256;

    private final MatrixRows stored;
    private final MatrixPart part;
    private final int first;
    private final WeightWriter.Region out;

    /** @param first the matrix's row that the part begins at */
    QuantizedRowWriter(MatrixRows stored, MatrixPart part, int first, WeightWriter.Region out) {
        this.stored = stored;
        this.part = part;
        this.first = first;
        this.out = out;
    }

    void write(WeightMatrix.ScaledRows matrix) throws IOException {
        int mixed = part.change().output().map(Rotation::size).orElse(1);
        int most = Math.max(mixed, ROWS / mixed * mixed);
        for (int from = 0; from < part.rows(); from += most) {
            float[][] rows = new float[Math.min(most, part.rows() - from)][];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = stored.readFloats(part.order().applyAsInt(from + i)).clone();
            }
            part.change().output().ifPresent(rotation -> turnColumns(rotation, rows));
            write(matrix, first + from, rows);
        }
    }

    private static void turnColumns(Rotation rotation, float[][] rows) {
        float[] column = new float[rows.length];
        for (int j = 0; j < rows[0].length; j++) {
            for (int i = 0; i < rows.length; i++) {
                column[i] = rows[i][j];
            }
            rotation.turnAll(column);
            for (int i = 0; i < rows.length; i++) {
                rows[i][j] = column[i];
            }
        }
    }

    private void write(WeightMatrix.ScaledRows matrix, int at, float[][] rows) throws IOException {
        ByteBuffer scales = buffer(rows.length * Float.BYTES);
        byte[][] byColumn = new byte[matrix.columns()][rows.length];
        QuantizedRow quantized = new QuantizedRow(matrix.columns());
        for (int i = 0; i < rows.length; i++) {
            quantized.take(rows[i]);
            if (part.rest()) {
                quantized.take(rows[i]);
            }
            scales.putFloat(quantized.scale);
            for (int j = 0; j < byColumn.length; j++) {
                byColumn[j][i] = quantized.values[j];
            }
        }
        out.write(matrix.scales().offset() + (long) at * Float.BYTES, scales.flip());
        for (int j = 0; j < byColumn.length; j++) {
            out.write(matrix.values().offset() + (long) j * matrix.rows() + at, ByteBuffer.wrap(byColumn[j]));
        }
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
