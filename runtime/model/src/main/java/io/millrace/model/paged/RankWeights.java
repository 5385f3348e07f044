package io.millrace.model.paged;

import io.millrace.api.ModelManifest;
import io.millrace.model.gguf.Checkpoint;
import io.millrace.model.graph.RotaryTable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * The weights of a rank, read a piece at a time into memory of the caller: cut, reordered and converted on the way, so
 * that the host holds no more of them than a piece. One thread reads.
 */
public final class RankWeights {
    private final ModelManifest model;
    private final RankLayout layout;
    private final TensorSource source;

    /** Takes the pieces of a tensor, in order. */
    @FunctionalInterface
    public interface PieceSink {
        /**
         * @param piece  the beginning of the staging memory, overwritten after this call
         * @param offset of the piece's first byte in the tensor
         */
        void accept(MemorySegment piece, long offset);
    }

    private RankWeights(ModelManifest model, Rank rank, PagedPrecision precision, TensorSource source) {
        this.model = model;
        this.layout = RankLayout.of(model, rank, precision);
        this.source = source;
    }

    /**
     * Weights of a file, which stays open as long as they are read.
     *
     * @throws IllegalArgumentException where a row is not made of whole blocks of the format
     */
    public static RankWeights of(Checkpoint file, ModelManifest model, Rank rank, PagedPrecision precision) {
        return new RankWeights(model, rank, precision, new CheckpointSource(file));
    }

    /** Weights of no use, in the true shape: for measuring. */
    public static RankWeights random(RandomModel model, Rank rank, PagedPrecision precision) {
        return new RankWeights(model.manifest(), rank, precision, new RandomSource(model.manifest()));
    }

    /** All weights, in the order of the graph's inputs. */
    public List<WeightTensor> tensors() {
        return List.copyOf(layout.weights().keySet());
    }

    /** Of all tensors. */
    public long bytes() {
        return layout.weights().keySet().stream().mapToLong(WeightTensor::bytes).sum();
    }

    /**
     * Reads a tensor from its first to its last byte.
     *
     * @param staging where pieces are put together; a piece is at most as long
     * @throws IOException where the source is damaged
     * @throws IllegalArgumentException where {@code tensor} is none of {@link #tensors()}, or a row is longer than
     *     {@code staging}
     */
    public void read(WeightTensor tensor, MemorySegment staging, PieceSink sink) throws IOException {
        switch (layout.weights().get(tensor)) {
            case Content.Rows rows -> matrix(tensor, rows, new PieceWriter(tensor, staging, sink));
            case Content.Vector vector -> vector(tensor, vector, new PieceWriter(tensor, staging, sink));
            case Content.Rotary rotary -> rotary(rotary, new PieceWriter(tensor, staging, sink));
            case Content.Constant constant -> {
                float[] values = new float[Math.toIntExact(tensor.elements())];
                Arrays.fill(values, constant.value());
                encoded(values, constant.encoder(), new PieceWriter(tensor, staging, sink));
            }
            case null -> throw new IllegalArgumentException("no weight " + tensor);
        }
    }

    private void matrix(WeightTensor tensor, Content.Rows rows, PieceWriter pieces) throws IOException {
        for (Content.Part part : rows.parts()) {
            long rowBytes = rows.encoder().bytes(part.columns().size());
            for (int i = 0; i < part.rows().size(); i++) {
                int row = part.order().applyAsInt(part.rows().first() + i);
                long at = pieces.reserve(rowBytes);
                source.row(part.tensor(), row, part.columns(), rows.encoder(), pieces.memory(), at);
            }
        }
        pieces.finish();
    }

    private void vector(WeightTensor tensor, Content.Vector vector, PieceWriter pieces) throws IOException {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        int to = 0;
        for (Content.Part part : vector.parts()) {
            float[] stored = source.vector(
                    part.tensor(), part.rows().first() + part.rows().size());
            for (int i = 0; i < part.rows().size(); i++) {
                values[to++] = stored[part.order().applyAsInt(part.rows().first() + i)];
            }
        }
        encoded(values, vector.encoder(), pieces);
    }

    private void rotary(Content.Rotary rotary, PieceWriter pieces) {
        float[] row = new float[model.headDim() / 2];
        for (int position = 0; position < RotaryTable.positions(model); position++) {
            for (int pair = 0; pair < row.length; pair++) {
                double angle = RotaryTable.angle(model, position, pair);
                row[pair] = (float) (rotary.sine() ? Math.sin(angle) : Math.cos(angle));
            }
            long at = pieces.reserve(rotary.encoder().bytes(row.length));
            rotary.encoder().encode(row, 0, row.length, pieces.memory(), at);
        }
        pieces.finish();
    }

    private static void encoded(float[] values, RowEncoder encoder, PieceWriter pieces) {
        long at = pieces.reserve(encoder.bytes(values.length));
        encoder.encode(values, 0, values.length, pieces.memory(), at);
        pieces.finish();
    }
}
