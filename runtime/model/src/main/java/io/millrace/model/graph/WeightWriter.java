package io.millrace.model.graph;

import io.millrace.api.ModelManifest;
import io.millrace.model.gguf.Checkpoint;
import io.millrace.model.onnx.ExternalTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.Map;

/** Writes the regions of a {@link WeightLayout} from a model's tensors, some rows at a time. */
final class WeightWriter {
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
        for (WeightMatrix matrix : layout.matrices().values()) {
            writeMatrix(matrix);
        }
        for (Map.Entry<String, String> vector : layout.vectorSources().entrySet()) {
            ExternalTensor region = layout.vector(vector.getKey());
            writeFloats(region.offset(), tensors.vector(vector.getValue()));
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
        bytes.asFloatBuffer().put(values);
        write(offset, bytes);
    }

    private void writeMatrix(WeightMatrix matrix) throws IOException {
        int row = 0;
        for (MatrixPart part : matrix.source().parts()) {
            writePart(matrix, part, row);
            if (matrix.bias().isPresent() && !part.rest()) {
                writeBias(matrix.bias().get().offset() + (long) row * Float.BYTES, part);
            }
            row += part.rows();
        }
    }

    private void writePart(WeightMatrix matrix, MatrixPart part, int row) throws IOException {
        MatrixRows stored = MatrixRows.of(tensors, part);
        MatrixWriter writer = new MatrixWriter(stored, part, row, this::write);
        switch (matrix) {
            case WeightMatrix.Blocks8 blocks -> writer.write(blocks);
            case WeightMatrix.Blocks4 blocks -> writer.write(blocks);
            case WeightMatrix.Floats floats -> writer.write(floats);
            case WeightMatrix.ScaledFloats floats -> writer.write(floats);
            case WeightMatrix.ScaledRows rows -> new QuantizedRowWriter(stored, part, row, this::write).write(rows);
        }
    }

    private void writeBias(long offset, MatrixPart part) throws IOException {
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
