package io.millrace.model.graph;

import io.millrace.model.gguf.GgmlType;
import io.millrace.model.gguf.KQuants;
import java.lang.foreign.MemorySegment;

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
        affine(out, b, LittleEndian.half(in, at), MIDDLE);
        for (int i = 0; i < SIZE; i++) {
            out.values[b * SIZE + i] = (byte) (in[at + 2 + i] + MIDDLE);
        }
    }

    /** Q4_0 (float16 scale, 16 bytes of two nibbles, minus 8): exact. */
    static void fromQ4_0(byte[] in, int b, Row out) {
        int at = b * 18;
        affine(out, b, LittleEndian.half(in, at), MIDDLE);
        nibbles(in, at + 2, out.values, b * SIZE, 1, MIDDLE - 8);
    }

    /** Q5_0 (float16 scale, 32 fifth bits, 16 bytes of two nibbles, minus 16): exact. */
    static void fromQ5_0(byte[] in, int b, Row out) {
        int at = b * 22;
        affine(out, b, LittleEndian.half(in, at), MIDDLE);
        nibbles(in, at + 6, out.values, b * SIZE, 1, MIDDLE - 16);
        for (int i = 0; i < SIZE; i++) {
            out.values[b * SIZE + i] += (byte) ((in[at + 2 + i / 8] >> i % 8 & 1) << 4);
        }
    }

    /** Q4_1 (float16 scale and minimum, 16 bytes of two nibbles): see {@link #fromSteps}. */
    static void fromQ4_1(byte[] in, int b, Row out, float[] scratch) {
        int at = b * 20;
        nibbles(in, at + 4, out.values, b * SIZE, 1, 0);
        fromSteps(out, b, 15, LittleEndian.half(in, at), LittleEndian.half(in, at + 2), scratch);
    }

    /** Q4_K or Q5_K, whose super-blocks hold eight of our blocks: see {@link #fromSteps}. */
    static void fromQ4_KOrQ5_K(GgmlType type, MemorySegment row, int b, Row out, float[] scratch) {
        long at = (long) b * SIZE / KQuants.SUPER * type.blockBytes();
        int sub = b % (KQuants.SUPER / SIZE);
        for (int i = 0; i < SIZE; i++) {
            out.values[b * SIZE + i] = (byte) KQuants.step(type, row, at, sub * SIZE + i);
        }
        int most = type == GgmlType.Q4_K ? 15 : 31;
        fromSteps(out, b, most, KQuants.scale(row, at, sub), -KQuants.minimum(row, at, sub), scratch);
    }

    /**
     * Turns steps q, 0 to {@code most}, of {@code d*q + m} into values: {@code (d/k) * (kq - zero)} with whole k and zero, k
     * so small that {@code most * k} fits a byte. The steps are kept exactly; only m moves, to {@code -zero*d/k}. The k whose
     * fraction zero/k is nearest to -m/d is taken: typically d/500 off for 4 bits and d/130 for 5, where the largest k alone
     * would be up to d/34 and d/16 off. A block whose range does not hold zero cannot be mapped that way and goes through
     * {@link #fromFloats}.
     */
    private static void fromSteps(Row out, int b, int most, float d, float m, float[] scratch) {
        double ratio = -(double) m / d;
        int k = nearestDenominator(ratio, LEVELS / most);
        double zero = Math.rint(k * ratio);
        if (zero >= 0 && zero <= LEVELS) {
            affine(out, b, d / k, (int) zero);
            for (int i = b * SIZE; i < (b + 1) * SIZE; i++) {
                out.values[i] = (byte) (k * out.values[i]);
            }
            return;
        }
        for (int i = 0; i < SIZE; i++) {
            scratch[i] = d * out.values[b * SIZE + i] + m;
        }
        fromFloats(scratch, 0, out, b);
    }

    /** The k in 1 to {@code most} for which a whole number over k comes nearest to {@code ratio}. */
    private static int nearestDenominator(double ratio, int most) {
        int nearest = most;
        double least = Double.POSITIVE_INFINITY;
        for (int k = most; k >= 1; k--) {
            double off = Math.abs(Math.rint(k * ratio) / k - ratio);
            if (off < least) {
                least = off;
                nearest = k;
            }
        }
        return nearest;
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
}
