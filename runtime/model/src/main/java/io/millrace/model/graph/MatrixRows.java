package io.millrace.model.graph;

import io.millrace.model.gguf.Checkpoint;
import io.millrace.model.gguf.Dequantizer;
import io.millrace.model.gguf.GgufException;
import io.millrace.model.gguf.GgufTensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * Reads the rows of a part of a matrix, with the norm and the turn that are folded into each: as floats, or in 4 or 8 bits, exactly or by a map of {@link Block8}'s own where the type has one,
 * else by way of floats.
 */
final class MatrixRows {
    private final GgufTensor tensor;
    private final Optional<float[]> norm;
    private final Optional<Rotation> turn;
    private final byte[] stored;
    private final float[] floats;
    private final Block8.Row row8;
    private final Block4.Row row4;

    /** Rows as they are. */
    MatrixRows(GgufTensor tensor) {
        this(tensor, Optional.empty(), Optional.empty());
    }

    private MatrixRows(GgufTensor tensor, Optional<float[]> norm, Optional<Rotation> turn) {
        this.tensor = tensor;
        this.norm = norm;
        this.turn = turn;
        this.stored = new byte[Math.toIntExact(tensor.rowBytes())];
        this.floats = new float[Math.toIntExact(tensor.columns())];
        this.row8 = new Block8.Row(floats.length);
        this.row4 = new Block4.Row(floats.length);
    }

    static MatrixRows of(Checkpoint tensors, MatrixPart part) throws GgufException {
        Optional<String> norm = part.change().norm();
        return new MatrixRows(
                tensors.tensor(part.tensor() + ".weight"),
                norm.isPresent() ? Optional.of(tensors.vector(norm.get())) : Optional.empty(),
                part.change().input());
    }

    /** Valid until the next call. */
    Block8.Row read8(int index) throws GgufException {
        if (turn.isPresent()) {
            readFloats(index);
            each(b -> Block8.fromFloats(floats, b * Block8.SIZE, row8, b));
            return row8;
        }
        fetch(index);
        switch (tensor.type()) {
            case Q8_0 -> each(b -> Block8.fromQ8_0(stored, b, row8));
            case Q4_0 -> each(b -> Block8.fromQ4_0(stored, b, row8));
            case Q5_0 -> each(b -> Block8.fromQ5_0(stored, b, row8));
            case Q4_1 -> each(b -> Block8.fromQ4_1(stored, b, row8, floats));
            case Q4_K, Q5_K -> each(b -> Block8.fromQ4_KOrQ5_K(tensor.type(), row(index), b, row8, floats));
            default -> {
                Dequantizer.row(tensor, index, floats, 0);
                each(b -> Block8.fromFloats(floats, b * Block8.SIZE, row8, b));
            }
        }
        return row8;
    }

    /** Exact where the tensor is of type Q4_0, Q4_1 or Q4_K; valid until the next call. */
    Block4.Row read4(int index) throws GgufException {
        fetch(index);
        switch (tensor.type()) {
            case Q4_0 -> each(b -> Block4.fromQ4_0(stored, b, row4));
            case Q4_1 -> each(b -> Block4.fromQ4_1(stored, b, row4));
            case Q4_K -> each(b -> Block4.fromQ4_K(row(index), b, row4));
            default -> {
                Dequantizer.row(tensor, index, floats, 0);
                each(b -> Block4.fromFloats(floats, b * Block4.SIZE, row4, b));
            }
        }
        return row4;
    }

    /** Valid until the next call. */
    float[] readFloats(int index) throws GgufException {
        Dequantizer.row(tensor, index, floats, 0);
        norm.ifPresent(this::multiply);
        turn.ifPresent(rotation -> rotation.turnAll(floats));
        return floats;
    }

    private void multiply(float[] weights) {
        for (int i = 0; i < floats.length; i++) {
            floats[i] *= weights[i];
        }
    }

    private void fetch(int index) {
        MemorySegment.copy(row(index), ValueLayout.JAVA_BYTE, 0, stored, 0, stored.length);
    }

    private MemorySegment row(int index) {
        return tensor.data().asSlice((long) index * stored.length, stored.length);
    }

    private void each(IntConsumer block) {
        for (int b = 0; b < row4.scales.length; b++) {
            block.accept(b);
        }
    }
}
