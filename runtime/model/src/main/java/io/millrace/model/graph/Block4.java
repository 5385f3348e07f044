package io.millrace.model.graph;

import io.millrace.model.gguf.GgmlType;
import io.millrace.model.gguf.KQuants;
import java.lang.foreign.MemorySegment;

/**
 * Blocks of 32 weights in 4 bits, taken over exactly where they have as many in the file: {@code w = (value - 8) * scale + offset}, value in
 * 0..15.
 *
 * <p>The product with a row x then is the one without offsets, which the fast kernels compute, plus the sum over blocks
 * of {@code offset * (sum of x's block)}: one multiplication in 32. A zero point in the place of the offset would have to
 * be a whole number, which loses too much, or a float, for which ONNX Runtime has no fast kernel.
 *
 * <p>Block formats are those of ggml's {@code ggml-common.h}; all numbers little-endian. Every method maps block
 * {@code b} of a row {@code in} to block {@code b} of {@code out}.
 */
final class Block4 {
    /** Weights that share a scale. */
    static final int SIZE = 32;

    private static final int LEVELS = 15;
    private static final int MIDDLE = 8;

    /** One row. Reused from row to row. */
    static final class Row {
        /** Two weights a byte, the first in the lower half. */
        final byte[] values;

        final float[] scales;
        final float[] offsets;

        Row(int columns) {
            values = new byte[columns / 2];
            scales = new float[columns / SIZE];
            offsets = new float[columns / SIZE];
        }
    }

    private Block4() {}

    /** Q4_0: float16 scale, 16 bytes of two nibbles, minus 8. */
    static void fromQ4_0(byte[] in, int b, Row out) {
        int at = b * 18;
        out.scales[b] = LittleEndian.half(in, at);
        out.offsets[b] = 0;
        values(in, at + 2, out, b);
    }

    /** Q4_1: float16 scale and minimum, 16 bytes of two nibbles. */
    static void fromQ4_1(byte[] in, int b, Row out) {
        int at = b * 20;
        out.scales[b] = LittleEndian.half(in, at);
        out.offsets[b] = LittleEndian.half(in, at + 2) + MIDDLE * out.scales[b];
        values(in, at + 4, out, b);
    }

    /** Q4_K: eight of our blocks in a super-block, each with a scale and a minimum. */
    static void fromQ4_K(MemorySegment row, int b, Row out) {
        long at = (long) b * SIZE / KQuants.SUPER * GgmlType.Q4_K.blockBytes();
        int sub = b % (KQuants.SUPER / SIZE);
        out.scales[b] = KQuants.scale(row, at, sub);
        out.offsets[b] = MIDDLE * out.scales[b] - KQuants.minimum(row, at, sub);
        for (int i = 0; i < SIZE; i += 2) {
            int first = KQuants.step(GgmlType.Q4_K, row, at, sub * SIZE + i);
            int second = KQuants.step(GgmlType.Q4_K, row, at, sub * SIZE + i + 1);
            out.values[(b * SIZE + i) / 2] = (byte) (first | second << 4);
        }
    }

    /** Anything: 15 steps from the smallest to the largest of the block, at most half a step off. */
    static void fromFloats(float[] in, int offset, Row out, int b) {
        float low = in[offset];
        float high = in[offset];
        for (int i = 1; i < SIZE; i++) {
            low = Math.min(low, in[offset + i]);
            high = Math.max(high, in[offset + i]);
        }
        float scale = (high - low) / LEVELS;
        out.scales[b] = scale;
        out.offsets[b] = low + MIDDLE * scale;
        for (int i = 0; i < SIZE; i += 2) {
            int pair = level(in[offset + i], low, scale) | level(in[offset + i + 1], low, scale) << 4;
            out.values[(b * SIZE + i) / 2] = (byte) pair;
        }
    }

    private static int level(float value, float low, float scale) {
        return scale == 0 ? 0 : Math.clamp((int) Math.rint((value - low) / scale), 0, LEVELS);
    }

    /** ggml holds weights i and i + 16 in a byte, ONNX Runtime 2i and 2i + 1. */
    private static void values(byte[] in, int at, Row out, int b) {
        for (int i = 0; i < SIZE / 2; i++) {
            out.values[b * SIZE / 2 + i] = (byte) (value(in, at, 2 * i) | value(in, at, 2 * i + 1) << 4);
        }
    }

    private static int value(byte[] in, int at, int i) {
        return i < SIZE / 2 ? in[at + i] & 15 : in[at + i - SIZE / 2] >> 4 & 15;
    }
}
