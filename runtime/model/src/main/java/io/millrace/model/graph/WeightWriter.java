package io.millrace.model.graph;

import io.millrace.api.ModelManifest;
import io.millrace.model.gguf.Checkpoint;
import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.ExternalTensor;
import io.millrace.model.onnx.FloatFormats;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.Map;

/** Writes the regions of a {@link WeightLayout} from a model's tensors, some rows at a time. */
final class WeightWriter {
    /** Rows of a matrix in memory at once. */
    private static final int ROWS = 256;

    private final Checkpoint tensors;
    private final ModelManifest model;
    private final WeightLayout layout;
    private final FileChannel out;

    /** Where in the file bytes go. */
    @FunctionalInterface
    interface Region {
        void write(long offset, ByteBuffer bytes) throws IOException;
    }

    /** One of {@link RotaryTable}'s. */
    @FunctionalInterface
    private interface AngleTable {
        double angle(ModelManifest model, int position, int pair);
    }

    WeightWriter(Checkpoint tensors, ModelManifest model, WeightLayout layout, FileChannel out) {
        this.tensors = tensors;
        this.model = model;
        this.layout = layout;
        this.out = out;
    }

    void write() throws IOException {
        for (WeightLayout.Matrix matrix : layout.matrices().values()) {
            int row = 0;
            for (WeightLayout.Part part : matrix.parts()) {
                writePart(matrix, part, row);
                row += part.rows();
            }
        }
        for (Map.Entry<String, String> vector : layout.vectorSources().entrySet()) {
            ExternalTensor region = layout.vector(vector.getKey());
            write(region.offset(), floats(vector.getValue()));
        }
        writeRotary(WeightLayout.ROTARY, RotaryTable::angle);
        if (model.traits().turnsLocally()) {
            writeRotary(WeightLayout.LOCAL_ROTARY, RotaryTable::localAngle);
        }
        if (layout.basis().isPresent()) {
            writeTurns(layout.basis().get());
        }
        write(layout.bytes() - 1, ByteBuffer.allocate(1));
    }

    private void writeTurns(DecoderBasis basis) throws IOException {
        float[] ones = new float[model.hidden()];
        Arrays.fill(ones, 1);
        writeFloats(layout.vector(WeightLayout.ONES).offset(), ones);
        writeTurn(WeightLayout.FEED_FORWARD_TURN, basis.feedForward());
        writeTurn(WeightLayout.HIDDEN_TURN, basis.hidden());
    }

    private void writeTurn(String name, Rotation rotation) throws IOException {
        long offset = layout.vector(name).offset();
        for (int i = 0; i < rotation.size(); i++) {
            writeFloats(offset + (long) i * rotation.size() * Float.BYTES, rotation.image(i));
        }
    }

    private void writeFloats(long offset, float[] values) throws IOException {
        ByteBuffer bytes = buffer(values.length * Float.BYTES);
        put(values, bytes);
        write(offset, bytes.flip());
    }

    private void writePart(WeightLayout.Matrix matrix, WeightLayout.Part part, int firstRow) throws IOException {
        if (matrix.quantizedByRow()) {
            new QuantizedRowWriter(tensors, this::write).write(matrix, part, firstRow);
        } else {
            writeRows(matrix, part, firstRow);
        }
        if (matrix.bias().isPresent() && !part.rest()) {
            writeBias(matrix.bias().get().offset() + (long) firstRow * Float.BYTES, part);
        }
    }

    private void writeRows(WeightLayout.Matrix matrix, WeightLayout.Part part, int firstRow) throws IOException {
        MatrixRows rows = MatrixRows.of(tensors, part);
        for (int from = 0; from < part.rows(); from += ROWS) {
            int to = Math.min(from + ROWS, part.rows());
            if (matrix.values().type() == ElementType.FLOAT8E4M3FN) {
                writeFloat8(matrix, rows, part.order(), firstRow + from, from, to);
            } else if (matrix.dense()) {
                writeDense(matrix, rows, part.order(), firstRow + from, from, to);
            } else if (matrix.bits() == 4) {
                write4(matrix, rows, part.order(), firstRow + from, from, to);
            } else {
                write8(matrix, rows, part.order(), firstRow + from, from, to);
            }
        }
    }

    /** Rows {@code from} to {@code to} of a part, which are rows {@code at} and on of the matrix. */
    private void write8(WeightLayout.Matrix matrix, MatrixRows rows, RowOrder order, long at, int from, int to)
            throws IOException {
        ByteBuffer values = buffer((to - from) * matrix.columns());
        ByteBuffer scales = buffer((to - from) * matrix.blocks() * Float.BYTES);
        ByteBuffer zeros = buffer((to - from) * matrix.blocks());
        for (int i = from; i < to; i++) {
            Block8.Row row = rows.read8(order.applyAsInt(i));
            values.put(row.values);
            put(row.scales, scales);
            zeros.put(row.zeros);
        }
        write(matrix.values().offset() + at * matrix.columns(), values.flip());
        write(matrix.scales().orElseThrow().offset() + at * matrix.blocks() * Float.BYTES, scales.flip());
        write(matrix.zeros().orElseThrow().offset() + at * matrix.blocks(), zeros.flip());
    }

    private void writeDense(WeightLayout.Matrix matrix, MatrixRows rows, RowOrder order, long at, int from, int to)
            throws IOException {
        int size = matrix.values().type().bytes();
        ByteBuffer values = buffer((to - from) * matrix.columns() * size);
        for (int i = from; i < to; i++) {
            float[] row = rows.readFloats(order.applyAsInt(i));
            if (size == Float.BYTES) {
                put(row, values);
            } else {
                for (float value : row) {
                    values.putShort(Float.floatToFloat16(value));
                }
            }
        }
        write(matrix.values().offset() + at * matrix.columns() * size, values.flip());
    }

    /** The largest of a row becomes the largest of the format. */
    private void writeFloat8(WeightLayout.Matrix matrix, MatrixRows rows, RowOrder order, long at, int from, int to)
            throws IOException {
        ByteBuffer values = buffer((to - from) * matrix.columns());
        ByteBuffer scales = buffer((to - from) * Float.BYTES);
        for (int i = from; i < to; i++) {
            float[] row = rows.readFloats(order.applyAsInt(i));
            float most = 0;
            for (float value : row) {
                most = Math.max(most, Math.abs(value));
            }
            float scale = most == 0 ? 1 : most / FloatFormats.E4M3_MOST;
            scales.putFloat(scale);
            for (float value : row) {
                values.put(FloatFormats.toE4m3(value / scale));
            }
        }
        write(matrix.values().offset() + at * matrix.columns(), values.flip());
        write(matrix.scales().orElseThrow().offset() + at * Float.BYTES, scales.flip());
    }

    private void write4(WeightLayout.Matrix matrix, MatrixRows rows, RowOrder order, long at, int from, int to)
            throws IOException {
        ByteBuffer values = buffer((to - from) * matrix.columns() / 2);
        ByteBuffer scales = buffer((to - from) * matrix.blocks() * Float.BYTES);
        float[][] offsets = new float[matrix.blocks()][to - from];
        for (int i = from; i < to; i++) {
            Block4.Row row = rows.read4(order.applyAsInt(i));
            values.put(row.values);
            put(row.scales, scales);
            for (int b = 0; b < offsets.length; b++) {
                offsets[b][i - from] = row.offsets[b];
            }
        }
        write(matrix.values().offset() + at * matrix.columns() / 2, values.flip());
        write(matrix.scales().orElseThrow().offset() + at * matrix.blocks() * Float.BYTES, scales.flip());
        if (matrix.offsets().isPresent()) {
            writeOffsets(matrix, matrix.offsets().get(), at, offsets);
        }
    }

    /** By block and row, where the matrix has them by row and block. */
    private void writeOffsets(WeightLayout.Matrix matrix, ExternalTensor region, long at, float[][] offsets)
            throws IOException {
        for (int b = 0; b < offsets.length; b++) {
            ByteBuffer line = buffer(offsets[b].length * Float.BYTES);
            put(offsets[b], line);
            write(region.offset() + (b * (long) matrix.rows() + at) * Float.BYTES, line.flip());
        }
    }

    private static void put(float[] from, ByteBuffer to) {
        for (float value : from) {
            to.putFloat(value);
        }
    }

    private void writeBias(long offset, WeightLayout.Part part) throws IOException {
        float[] stored = tensors.vector(part.tensor() + ".bias");
        float[] ordered = new float[part.rows()];
        for (int i = 0; i < ordered.length; i++) {
            ordered[i] = stored[part.order().applyAsInt(i)];
        }
        part.change().output().ifPresent(rotation -> rotation.turnAll(ordered));
        writeFloats(offset, ordered);
    }

    private void writeRotary(String name, AngleTable table) throws IOException {
        int pairs = model.headDim() / 2;
        ByteBuffer cos = buffer(pairs * Float.BYTES);
        ByteBuffer sin = buffer(pairs * Float.BYTES);
        for (int position = 0; position < RotaryTable.positions(model); position++) {
            for (int pair = 0; pair < pairs; pair++) {
                double angle = table.angle(model, position, pair);
                cos.putFloat((float) Math.cos(angle));
                sin.putFloat((float) Math.sin(angle));
            }
            long at = (long) position * pairs * Float.BYTES;
            write(layout.vector(name + "_cos").offset() + at, cos.flip());
            write(layout.vector(name + "_sin").offset() + at, sin.flip());
            cos.clear();
            sin.clear();
        }
    }

    /** A vector of the file as float32. */
    private ByteBuffer floats(String name) throws IOException {
        float[] values = tensors.vector(name);
        ByteBuffer floats = buffer(values.length * Float.BYTES);
        floats.asFloatBuffer().put(values);
        return floats;
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void write(long offset, ByteBuffer bytes) throws IOException {
        long at = offset;
        while (bytes.hasRemaining()) {
            at += out.write(bytes, at);
        }
    }
}
