package io.millrace.model.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.model.gguf.Dequantizer;
import io.millrace.model.gguf.GgmlType;
import io.millrace.model.gguf.GgufTensor;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Held against {@link Dequantizer}, which follows ggml. */
class Block4Test {
    private static final int BLOCKS = 400;

    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "Q4_1"})
    void weightsOfFourBitsAreTakenOverExactly(GgmlType type) throws Exception {
        GgufTensor tensor = tensor(type);
        float[] expected = Dequantizer.all(tensor);
        Block4.Row row = new MatrixRows(tensor).read4(0);
        for (int i = 0; i < expected.length; i++) {
            int b = i / Block4.SIZE;
            int value = row.values[i / 2] >> i % 2 * 4 & 15;
            float weight = (value - 8) * row.scales[b] + row.offsets[b];
            assertEquals(expected[i], weight, 1e-6 * Math.abs(16 * row.scales[b]), "weight " + i);
        }
    }

    private static GgufTensor tensor(GgmlType type) {
        byte[] data = new byte[BLOCKS * type.blockBytes()];
        new Random(5).nextBytes(data);
        for (int b = 0; b < BLOCKS; b++) {
            half(data, b * type.blockBytes(), 0.01f + b);
            if (type == GgmlType.Q4_1) {
                half(data, b * type.blockBytes() + 2, -0.3f * b);
            }
        }
        return new GgufTensor("w", type, new long[] {1, BLOCKS * Block4.SIZE}, MemorySegment.ofArray(data));
    }

    private static void half(byte[] data, int at, float value) {
        short bits = Float.floatToFloat16(value);
        data[at] = (byte) bits;
        data[at + 1] = (byte) (bits >> 8);
    }
}
