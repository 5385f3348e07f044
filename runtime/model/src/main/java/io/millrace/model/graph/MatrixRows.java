package io.millrace.model.graph;

import io.millrace.model.gguf.Dequantizer;
import io.millrace.model.gguf.GgufException;
import io.millrace.model.gguf.GgufTensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.IntConsumer;

/** Reads a tensor's rows in 8 bits: exactly or by {@link Block8}'s own map where the type has one, else by way of floats. */
final class MatrixRows {
    private final GgufTensor tensor;
    private final byte[] stored;
    private final float[] floats;
    private final Block8.Row row;

    MatrixRows(GgufTensor tensor) {
        this.tensor = tensor;
        this.stored = new byte[Math.toIntExact(tensor.rowBytes())];
        this.floats = new float[Math.toIntExact(tensor.columns())];
        this.row = new Block8.Row(floats.length);
    }

    /** Valid until the next call. */
    Block8.Row read(int index) throws GgufException {
        MemorySegment.copy(
                tensor.data(), ValueLayout.JAVA_BYTE, (long) index * stored.length, stored, 0, stored.length);
        switch (tensor.type()) {
            case Q8_0 -> each(b -> Block8.fromQ8_0(stored, b, row));
            case Q4_0 -> each(b -> Block8.fromQ4_0(stored, b, row));
            case Q4_1 -> each(b -> Block8.fromQ4_1(stored, b, row, floats));
            default -> {
                Dequantizer.row(tensor, index, floats, 0);
                each(b -> Block8.fromFloats(floats, b * Block8.SIZE, row, b));
            }
        }
        return row;
    }

    private void each(IntConsumer block) {
        for (int b = 0; b < row.scales.length; b++) {
            block.accept(b);
        }
    }
}
