package io.millrace.model.paged;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.FloatFormats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What comes back from a row's encoding is the row, up to the format's steps. */
class RowEncoderTest {
    private static final int COLUMNS = 256;

    /** Columns before the encoded ones: they must play no part. */
    private static final int BEFORE = 3;

    private final Random random = new Random(17);

    @ParameterizedTest
    @CsvSource({"4, 32", "4, 128", "8, 32", "8, 64"})
    void wholeNumbersAreWithinHalfAStepAndAStepAtTheFarEnd(int bits, int block) {
        IntBlocks blocks = new IntBlocks(bits, block, ElementType.FLOAT16);
        float[] row = row(0.02f);
        byte[] levels = encode(new IntBlocks.Values(blocks), row);
        short[] scales = MemorySegment.ofArray(encode(new IntBlocks.Scales(blocks), row))
                .toArray(ValueLayout.JAVA_SHORT_UNALIGNED);
        assertEquals(COLUMNS * bits / 8, levels.length);
        assertEquals(COLUMNS / block, scales.length);
        for (int i = 0; i < COLUMNS; i++) {
            float scale = Float.float16ToFloat(scales[i / block]);
            int level = bits == 8 ? levels[i] & 255 : levels[i / 2] >> i % 2 * 4 & 15;
            float back = (level - blocks.half()) * scale;
            boolean farEnd = level == 2 * blocks.half() - 1;
            assertEquals(row[BEFORE + i], back, Math.abs(scale) * (farEnd ? 1.01f : 0.5001f));
        }
    }

    @Test
    void theWeightFurthestFromZeroIsTheLowestLevel() {
        float[] row = new float[BEFORE + 32];
        row[BEFORE + 7] = 0.5f;
        row[BEFORE + 8] = -0.25f;
        IntBlocks blocks = new IntBlocks(4, 32, ElementType.FLOAT32);
        byte[] levels = new byte[16];
        new IntBlocks.Values(blocks).encode(row, BEFORE, 32, MemorySegment.ofArray(levels), 0);
        assertEquals(0, levels[3] >> 4 & 15);
        assertEquals(12, levels[4] & 15);
        assertEquals(8, levels[0] & 15);
        assertEquals(-0.0625f, blocks.scale(row, BEFORE));
    }

    @Test
    void blocksOfZeroesStayZero() {
        float[] row = new float[BEFORE + COLUMNS];
        IntBlocks blocks = new IntBlocks(4, 128, ElementType.FLOAT16);
        byte[] expected = new byte[COLUMNS / 2];
        Arrays.fill(expected, (byte) 0x88);
        assertArrayEquals(expected, encode(new IntBlocks.Values(blocks), row));
        assertArrayEquals(new byte[COLUMNS], encode(new E4m3.Values(), row));
    }

    @Test
    void blocksAreAsLongAsTheColumnsAllow() {
        assertEquals(128, IntBlocks.fitting("w", 11_008, 4, ElementType.FLOAT16).block());
        assertEquals(64, IntBlocks.fitting("w", 576, 4, ElementType.FLOAT16).block());
        assertEquals(32, IntBlocks.fitting("w", 96, 4, ElementType.FLOAT16).block());
        assertThrows(IllegalArgumentException.class, () -> IntBlocks.fitting("w", 48, 4, ElementType.FLOAT16));
    }

    @Test
    void e4m3IsWithinASixteenthOfEachWeightAndItsLargestIsExact() {
        float[] row = row(0.02f);
        byte[] codes = encode(new E4m3.Values(), row);
        float scale = MemorySegment.ofArray(encode(new E4m3.Scales(), row)).get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0);
        boolean largest = false;
        for (int i = 0; i < COLUMNS; i++) {
            float weight = row[BEFORE + i];
            float back = FloatFormats.fromE4m3(codes[i]) * scale;
            assertEquals(weight, back, Math.max(Math.abs(weight) / 16, scale * 0x1p-10f) * 1.0001f);
            largest |= Math.abs(FloatFormats.fromE4m3(codes[i])) == 448;
        }
        assertTrue(largest);
    }

    @Test
    void denseRowsAreRoundedToTheirType() {
        float[] row = row(1);
        float[] floats = MemorySegment.ofArray(encode(new DenseEncoder(ElementType.FLOAT32), row))
                .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        short[] halves = MemorySegment.ofArray(encode(new DenseEncoder(ElementType.FLOAT16), row))
                .toArray(ValueLayout.JAVA_SHORT_UNALIGNED);
        short[] brains = MemorySegment.ofArray(encode(new DenseEncoder(ElementType.BFLOAT16), row))
                .toArray(ValueLayout.JAVA_SHORT_UNALIGNED);
        for (int i = 0; i < COLUMNS; i++) {
            float weight = row[BEFORE + i];
            assertEquals(weight, floats[i]);
            assertEquals(weight, Float.float16ToFloat(halves[i]), Math.abs(weight) * 0x1p-11f + 0x1p-25f);
            assertEquals(weight, FloatFormats.fromBfloat16(brains[i]), Math.abs(weight) * 0x1p-8f);
        }
    }

    private float[] row(float deviation) {
        float[] row = new float[BEFORE + COLUMNS];
        Arrays.fill(row, 0, BEFORE, 1000);
        for (int i = BEFORE; i < row.length; i++) {
            row[i] = (float) random.nextGaussian() * deviation;
        }
        return row;
    }

    private static byte[] encode(RowEncoder encoder, float[] row) {
        byte[] bytes = new byte[(int) encoder.bytes(COLUMNS)];
        encoder.encode(row, BEFORE, COLUMNS, MemorySegment.ofArray(bytes), 0);
        return bytes;
    }
}
