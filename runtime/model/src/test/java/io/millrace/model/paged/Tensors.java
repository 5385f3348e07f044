package io.millrace.model.paged;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Reads weights whole. */
final class Tensors {
    private static final int STAGED = 100_000;

    private Tensors() {}

    static WeightTensor named(RankWeights weights, String name) {
        return weights.tensors().stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    static byte[] bytes(RankWeights weights, WeightTensor tensor) throws IOException {
        byte[] all = new byte[Math.toIntExact(tensor.bytes())];
        MemorySegment to = MemorySegment.ofArray(all);
        long[] end = {0};
        weights.read(tensor, MemorySegment.ofArray(new byte[STAGED]), (piece, offset) -> {
            assertEquals(end[0], offset);
            MemorySegment.copy(piece, 0, to, offset, piece.byteSize());
            end[0] += piece.byteSize();
        });
        assertEquals(all.length, end[0]);
        return all;
    }

    static float[] floats(RankWeights weights, WeightTensor tensor) throws IOException {
        return MemorySegment.ofArray(bytes(weights, tensor)).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }
}
