package io.millrace.model.paged;

import io.millrace.model.gguf.Checkpoint;
import io.millrace.model.gguf.Dequantizer;
import io.millrace.model.gguf.GgufTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Tensors of a mapped model: rows are dequantized one by one. */
final class CheckpointSource implements TensorSource {
    private final Checkpoint file;
    private float[] floats = new float[0];

    CheckpointSource(Checkpoint file) {
        this.file = file;
    }

    @Override
    public void row(String tensor, int row, Span columns, RowEncoder encoder, MemorySegment to, long at)
            throws IOException {
        GgufTensor stored = file.tensor(tensor);
        int width = Math.toIntExact(stored.columns());
        if (floats.length < width) {
            floats = new float[width];
        }
        Dequantizer.row(stored, row, floats, 0);
        encoder.encode(floats, columns.first(), columns.size(), to, at);
    }

    @Override
    public float[] vector(String tensor, int length) throws IOException {
        return file.vector(tensor);
    }
}
