package io.millrace.model.graph;

/**
 * Maps blocks of 32 weights to 8 bits with a zero point: {@code w = (value - zero) * scale}, value and zero in 0..255.
 *
 * <p>Block formats are those of ggml's {@code ggml-common.h}; all numbers little-endian. Every method maps block
 * {@code b} of a row {@code in} to block {@code b} of {@code out}.
 */
final class Block8 {
    /** Weights that share a scale. */
    static final int SIZE = 32;

    private static final int LEVELS = 255;
    private static final int MIDDLE = 128;

    /** One row in 8 bits. Reused from row to row. */
    static final class Row {
        final byte[] values;
        final float[] scales;
        final byte[] zeros;

        Row(int columns) {
            values = new byte[columns];
            scales = new float[columns / SIZE];
            zeros = new byte[columns / SIZE];
        }
    }

    private Block8() {}

    /** Q8_0 (float16 scale, 32 int8): exact. */
    static void fromQ8_0(byte[] in, int b, Row out) {
        int at = b * 34;
        affine(out, b, half(in, at), MIDDLE);
        for (int i = 0; i < SIZE; i++) {
            out.values[b * SIZE + i] = (byte) (in[at + 2 + i] + MIDDLE);
        }
    }

    /** Q4_0 (float16 scale, 16 bytes of two nibbles, minus 8): exact. */
    static void fromQ4_0(byte[] in, int b, Row out) {
        int at = b * 18;
        affine(out, b, half(in, at), MIDDLE);
        nibbles(in, at + 2, out.values, b * SIZE, 1, MIDDLE - 8);
    }

    /**
     * Q4_1 (float16 scale d and minimum m, 16 bytes of two nibbles q): {@code d*q + m} becomes {@code (d/17) *
     * (17q - zero)} with {@code zero = rint(-17m/d)}, at most d/34 off. A block whose range does not hold zero cannot be
     * mapped that way and goes through {@link #fromFloats}.
     */
    static void fromQ4_1(byte[] in, int b, Row out, float[] scratch) {
        int at = b * 20;
        float d = half(in, at);
        float m = half(in, at + 2);
        double zero = Math.rint(-17.0 * m / d);
        if (zero >= 0 && zero <= LEVELS) {
            affine(out, b, d / 17, (int) zero);
            nibbles(in, at + 4, out.values, b * SIZE, 17, 0);
            return;
        }
        for (int i = 0; i < SIZE / 2; i++) {
            scratch[i] = d * (in[at + 4 + i] & 15) + m;
            scratch[i + SIZE / 2] = d * (in[at + 4 + i] >> 4 & 15) + m;
        }
        fromFloats(scratch, 0, out, b);
    }

    /** Anything: 255 levels from the smallest to the largest of the block and zero; at most half a level off. */
    static void fromFloats(float[] in, int offset, Row out, int b) {
        float low = 0;
        float high = 0;
        for (int i = 0; i < SIZE; i++) {
            low = Math.min(low, in[offset + i]);
            high = Math.max(high, in[offset + i]);
        }
        float scale = (high - low) / LEVELS;
        int zero = scale == 0 ? 0 : (int) Math.rint(-low / scale);
        affine(out, b, scale, zero);
        for (int i = 0; i < SIZE; i++) {
            int level = scale == 0 ? 0 : (int) Math.rint(in[offset + i] / scale) + zero;
            out.values[b * SIZE + i] = (byte) Math.clamp(level, 0, LEVELS);
        }
    }

    private static void affine(Row out, int b, float scale, int zero) {
        out.scales[b] = scale;
        out.zeros[b] = (byte) zero;
    }

    private static void nibbles(byte[] in, int at, byte[] out, int to, int factor, int plus) {
        for (int i = 0; i < SIZE / 2; i++) {
            out[to + i] = (byte) (factor * (in[at + i] & 15) + plus);
            out[to + i + SIZE / 2] = (byte) (factor * (in[at + i] >> 4 & 15) + plus);
        }
    }

    private static float half(byte[] in, int at) {
        return Float.float16ToFloat((short) (in[at] & 255 | in[at + 1] << 8));
    }
}
