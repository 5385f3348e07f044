package io.millrace.model.paged;

import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.FloatFormats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Blocks of a row as whole numbers times a scale, as MatMulNBits takes them without zero points: {@code w = (value -
 * 2^(bits-1)) * scale}. The weight that lies furthest from zero becomes the lowest value, so that all of the range is
 * used; hence scales may be negative.
 *
 * @param bits      4 or 8; of two values in a byte the first has the lower bits
 * @param block     weights that share a scale
 * @param scaleType the scales are rounded to it before anything is divided by them
 */
record IntBlocks(int bits, int block, ElementType scaleType) {
    /** Largest first: fewer scales to read. */
    private static final int[] BLOCKS = {128, 64, 32};

    /** @throws IllegalArgumentException where rows of {@code columns} are not whole blocks of any size that MatMulNBits runs fast */
    static IntBlocks fitting(String matrix, int columns, int bits, ElementType scaleType) {
        int block = Arrays.stream(BLOCKS)
                .filter(size -> columns % size == 0)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException(
                                "int" + bits + ": " + matrix + " has " + columns
                                        + " columns on this rank, no multiple of 32; take fewer tensor-parallel ranks or another precision"));
        return new IntBlocks(bits, block, scaleType);
    }

    int half() {
        return 1 << bits - 1;
    }

    float scale(float[] row, int from) {
        float furthest = 0;
        for (int i = from; i < from + block; i++) {
            furthest = Math.abs(row[i]) > Math.abs(furthest) ? row[i] : furthest;
        }
        return FloatFormats.round(scaleType, -furthest / half());
    }

    /** 0 to {@code 2^bits - 1}. */
    private int level(float weight, float scale) {
        int level = scale == 0 ? 0 : Math.round(weight / scale);
        return Math.clamp(level, -half(), half() - 1) + half();
    }

    /** Rows without their scales. */
    record Values(IntBlocks blocks) implements RowEncoder {
        @Override
        public ElementType type() {
            return ElementType.UINT8;
        }

        @Override
        public int elements(int columns) {
            return columns * blocks.bits() / Byte.SIZE;
        }

        @Override
        public void encode(float[] row, int from, int columns, MemorySegment to, long at) {
            int perByte = Byte.SIZE / blocks.bits();
            byte[] levels = new byte[columns / perByte];
            for (int start = 0; start < columns; start += blocks.block()) {
                float scale = blocks.scale(row, from + start);
                for (int i = start; i < start + blocks.block(); i++) {
                    levels[i / perByte] |= (byte) (blocks.level(row[from + i], scale) << i % perByte * blocks.bits());
                }
            }
            MemorySegment.copy(levels, 0, to, ValueLayout.JAVA_BYTE, at, levels.length);
        }
    }

    /** The scales of rows' blocks. */
    record Scales(IntBlocks blocks) implements RowEncoder {
        @Override
        public ElementType type() {
            return blocks.scaleType();
        }

        @Override
        public int elements(int columns) {
            return columns / blocks.block();
        }

        @Override
        public void encode(float[] row, int from, int columns, MemorySegment to, long at) {
            float[] scales = new float[elements(columns)];
            for (int i = 0; i < scales.length; i++) {
                scales[i] = blocks.scale(row, from + i * blocks.block());
            }
            new DenseEncoder(blocks.scaleType()).encode(scales, 0, scales.length, to, at);
        }
    }
}
