package io.millrace.model.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.model.gguf.Dequantizer;
import io.millrace.model.gguf.GgmlType;
import io.millrace.model.gguf.GgufTensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Held against {@link Dequantizer}, which follows ggml. */
class Block8Test {
    private static final int BLOCKS = 400;

    private final Random random = new Random(11);

    @Test
    void symmetricBlocksAreExact() throws Exception {
        assertEquals(0, worstError(GgmlType.Q8_0, 0, 0.01f));
        assertEquals(0, worstError(GgmlType.Q4_0, 0, 0.01f));
        assertEquals(0, worstError(GgmlType.Q5_0, 0, 0.01f));
    }

    @Test
    void q4WithMinimumIsWithinAHundredthOfAStep() throws Exception {
        float step = 0.01f;
        assertTrue(worstError(GgmlType.Q4_1, -7.3f * step, step) < step / 100);
        assertTrue(worstError(GgmlType.Q4_1, -4.9f * step, step) < step / 100);
    }

    @Test
    void q4WithMinimumOfOneSignIsWithinHalfALevel() throws Exception {
        float step = 0.01f;
        assertTrue(worstError(GgmlType.Q4_1, 3 * step, step) <= 18 * step / 255 / 2 * 1.01);
        assertTrue(worstError(GgmlType.Q4_1, -40 * step, step) <= 40 * step / 255 / 2 * 1.01);
        assertEquals(0, worstError(GgmlType.Q4_1, 0, 0));
    }

    @Test
    void floatsAreWithinHalfALevel() throws Exception {
        GgufTensor tensor = floats();
        double worst = 0;
        float[] expected = Dequantizer.all(tensor);
        float[] actual = weights(tensor);
        for (int b = 0; b < BLOCKS; b++) {
            float low = 0;
            float high = 0;
            for (int i = b * Block8.SIZE; i < (b + 1) * Block8.SIZE; i++) {
                low = Math.min(low, expected[i]);
                high = Math.max(high, expected[i]);
            }
            for (int i = b * Block8.SIZE; i < (b + 1) * Block8.SIZE; i++) {
                worst = Math.max(worst, Math.abs(expected[i] - actual[i]) / (high - low));
            }
        }
        assertTrue(worst < 0.51 / 255, "in widths of a block: " + worst);
    }

    private double worstError(GgmlType type, float minimum, float scale) throws Exception {
        GgufTensor tensor = blocks(type, minimum, scale);
        float[] expected = Dequantizer.all(tensor);
        float[] actual = weights(tensor);
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs(expected[i] - actual[i]));
        }
        return worst;
    }

    private static float[] weights(GgufTensor tensor) throws Exception {
        Block8.Row row = new MatrixRows(tensor).read8(0);
        float[] weights = new float[BLOCKS * Block8.SIZE];
        for (int i = 0; i < weights.length; i++) {
            int b = i / Block8.SIZE;
            weights[i] = (Byte.toUnsignedInt(row.values[i]) - Byte.toUnsignedInt(row.zeros[b])) * row.scales[b];
        }
        return weights;
    }

    private GgufTensor blocks(GgmlType type, float minimum, float scale) {
        ByteBuffer data = ByteBuffer.allocate(BLOCKS * type.blockBytes()).order(ByteOrder.LITTLE_ENDIAN);
        while (data.hasRemaining()) {
            data.putShort(Float.floatToFloat16(scale));
            if (type == GgmlType.Q4_1) {
                data.putShort(Float.floatToFloat16(minimum));
            }
            byte[] quants = new byte[type.blockBytes() - (type == GgmlType.Q4_1 ? 4 : 2)];
            random.nextBytes(quants);
            data.put(quants);
        }
        return tensor(type, data);
    }

    private GgufTensor floats() {
        ByteBuffer data =
                ByteBuffer.allocate(BLOCKS * Block8.SIZE * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (data.hasRemaining()) {
            data.putFloat((float) random.nextGaussian());
        }
        return tensor(GgmlType.F32, data);
    }

    private static GgufTensor tensor(GgmlType type, ByteBuffer data) {
        return new GgufTensor("w", type, new long[] {1, BLOCKS * Block8.SIZE}, MemorySegment.ofArray(data.array()));
    }
}
