package io.millrace.model.graph;

import io.millrace.model.onnx.FloatFormats;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes a part of a matrix, some rows at a time: of one in blocks or floats, whose rows lie one behind the other. */
final class MatrixWriter {
    /** Rows in memory at once. */
    private static final int ROWS = 256;

    private final MatrixRows stored;
    private final MatrixPart part;
    private final int first;
    private final WeightWriter.Region out;

    /** Rows {@code from} to {@code to} of the part. */
    @FunctionalInterface
    private interface Chunk {
        void write(int from, int to) throws IOException;
    }

    /** @param first the matrix's row that the part begins at */
    MatrixWriter(MatrixRows stored, MatrixPart part, int first, WeightWriter.Region out) {
        this.stored = stored;
        this.part = part;
        this.first = first;
        this.out = out;
    }

    void write(WeightMatrix.Blocks8 matrix) throws IOException {
        inChunks((from, to) -> {
            ByteBuffer values = buffer((to - from) * matrix.columns());
            ByteBuffer scales = buffer((to - from) * matrix.blocks() * Float.BYTES);
            ByteBuffer zeros = buffer((to - from) * matrix.blocks());
            for (int i = from; i < to; i++) {
                Block8.Row row = stored.read8(part.order().applyAsInt(i));
                values.put(row.values);
                put(row.scales, scales);
                zeros.put(row.zeros);
            }
            long at = first + from;
            out.write(matrix.values().offset() + at * matrix.columns(), values.flip());
            out.write(matrix.scales().offset() + at * matrix.blocks() * Float.BYTES, scales.flip());
            out.write(matrix.zeros().offset() + at * matrix.blocks(), zeros.flip());
        });
    }

    void write(WeightMatrix.Blocks4 matrix) throws IOException {
        inChunks((from, to) -> {
            ByteBuffer values = buffer((to - from) * matrix.columns() / 2);
            ByteBuffer scales = buffer((to - from) * matrix.blocks() * Float.BYTES);
            float[][] offsets = new float[matrix.blocks()][to - from];
            for (int i = from; i < to; i++) {
                Block4.Row row = stored.read4(part.order().applyAsInt(i));
                values.put(row.values);
                put(row.scales, scales);
                for (int b = 0; b < offsets.length; b++) {
                    offsets[b][i - from] = row.offsets[b];
                }
            }
            long at = first + from;
            out.write(matrix.values().offset() + at * matrix.columns() / 2, values.flip());
            out.write(matrix.scales().offset() + at * matrix.blocks() * Float.BYTES, scales.flip());
            if (matrix.offsets().isPresent()) {
                writeOffsets(matrix.offsets().get().offset() + at * Float.BYTES, matrix.rows(), offsets);
            }
        });
    }

    /** By block and row, where the matrix has them by row and block. */
    private void writeOffsets(long offset, long rows, float[][] offsets) throws IOException {
        for (int b = 0; b < offsets.length; b++) {
            ByteBuffer line = buffer(offsets[b].length * Float.BYTES);
            put(offsets[b], line);
            out.write(offset + b * rows * Float.BYTES, line.flip());
        }
    }

    void write(WeightMatrix.Floats matrix) throws IOException {
        int size = matrix.values().type().bytes();
        inChunks((from, to) -> {
            ByteBuffer values = buffer((to - from) * matrix.columns() * size);
            for (int i = from; i < to; i++) {
                float[] row = stored.readFloats(part.order().applyAsInt(i));
                if (size == Float.BYTES) {
                    put(row, values);
                } else {
                    putHalves(row, values);
                }
            }
            out.write(matrix.values().offset() + (long) (first + from) * matrix.columns() * size, values.flip());
        });
    }

    /** The largest of a row becomes the largest of the format. */
    void write(WeightMatrix.ScaledFloats matrix) throws IOException {
        inChunks((from, to) -> {
            ByteBuffer values = buffer((to - from) * matrix.columns());
            ByteBuffer scales = buffer((to - from) * Float.BYTES);
            for (int i = from; i < to; i++) {
                float[] row = stored.readFloats(part.order().applyAsInt(i));
                float most = largest(row);
                float scale = most == 0 ? 1 : most / FloatFormats.E4M3_MOST;
                scales.putFloat(scale);
                for (float value : row) {
                    values.put(FloatFormats.toE4m3(value / scale));
                }
            }
            long at = first + from;
            out.write(matrix.values().offset() + at * matrix.columns(), values.flip());
            out.write(matrix.scales().offset() + at * Float.BYTES, scales.flip());
        });
    }

    private void inChunks(Chunk chunk) throws IOException {
        for (int from = 0; from < part.rows(); from += ROWS) {
            chunk.write(from, Math.min(from + ROWS, part.rows()));
        }
    }

    private static float largest(float[] row) {
        float largest = 0;
        for (float value : row) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    private static void put(float[] from, ByteBuffer to) {
        for (float value : from) {
            to.putFloat(value);
        }
    }

    private static void putHalves(float[] from, ByteBuffer to) {
        for (float value : from) {
            to.putShort(Float.floatToFloat16(value));
        }
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
