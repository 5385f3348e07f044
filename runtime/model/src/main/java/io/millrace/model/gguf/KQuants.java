package io.millrace.model.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Reads ggml's "K" super-blocks of 256 weights.
 *
 * <p>Q4_K and Q5_K: eight sub-blocks of 32, {@code w = scale * step - minimum} with scale and minimum of six bits times the
 * super-block's two float16. Q6_K: sixteen sub-blocks of 16, {@code w = scale * (step - 32)}. Layouts are those of
 * {@code block_q4_K} and so on in ggml-common.h; {@code block} is the byte of {@code data} at which a super-block begins.
 */
public final class KQuants {
    /** Weights of a super-block. */
    public static final int SUPER = 256;

    /** Weights of a sub-block of Q4_K and Q5_K. */
    public static final int SUB = 32;

    private static final int SIX_BITS = 63;

    /** Where the parts of a super-block begin: two float16 and twelve bytes of scales come first. */
    private static final int SCALES = 4;

    private static final int Q4_STEPS = 16;
    private static final int Q5_HIGH = 16;
    private static final int Q5_STEPS = 48;
    private static final int Q6_HIGH = 128;
    private static final int Q6_SCALES = 192;
    private static final int Q6_SCALE = 208;

    private KQuants() {}

    /** Scale of a sub-block of Q4_K or Q5_K. */
    public static float scale(MemorySegment data, long block, int sub) {
        int six = sub < 4
                ? unsigned(data, block + SCALES + sub) & SIX_BITS
                : unsigned(data, block + SCALES + 4 + sub) & 15 | unsigned(data, block + SCALES + sub - 4) >> 6 << 4;
        return half(data, block) * six;
    }

    /** What is subtracted in a sub-block of Q4_K or Q5_K. */
    public static float minimum(MemorySegment data, long block, int sub) {
        int six = sub < 4
                ? unsigned(data, block + SCALES + 4 + sub) & SIX_BITS
                : unsigned(data, block + SCALES + 4 + sub) >> 4 | unsigned(data, block + SCALES + sub) >> 6 << 4;
        return half(data, block + 2) * six;
    }

    /** Step of weight {@code i} of a super-block of Q4_K, 0 to 15, or of Q5_K, 0 to 31. */
    public static int step(GgmlType type, MemorySegment data, long block, int i) {
        return type == GgmlType.Q4_K
                ? nibble(data, block + Q4_STEPS, i)
                : nibble(data, block + Q5_STEPS, i) | (unsigned(data, block + Q5_HIGH + i % SUB) >> i / SUB & 1) << 4;
    }

    /** Bytes hold the nibbles of weight i and of the one 32 further, by groups of 64. */
    private static int nibble(MemorySegment data, long steps, int i) {
        return unsigned(data, steps + i / 64 * SUB + i % SUB) >> i % 64 / SUB * 4 & 15;
    }

    static void dequantize(GgmlType type, MemorySegment data, long block, float[] into, int at) {
        if (type == GgmlType.Q6_K) {
            dequantize6(data, block, into, at);
            return;
        }
        for (int sub = 0; sub < SUPER / SUB; sub++) {
            float scale = scale(data, block, sub);
            float minimum = minimum(data, block, sub);
            for (int i = sub * SUB; i < (sub + 1) * SUB; i++) {
                into[at + i] = scale * step(type, data, block, i) - minimum;
            }
        }
    }

    /** In halves of 128: low four bits in 64 bytes, high two in 32, where bytes hold weights 32 (or 64) apart. */
    private static void dequantize6(MemorySegment data, long block, float[] into, int at) {
        float superScale = half(data, block + Q6_SCALE);
        for (int i = 0; i < SUPER; i++) {
            int inHalf = i % 128;
            int low = unsigned(data, block + i / 128 * 64 + inHalf % 64) >> inHalf / 64 * 4 & 15;
            int high = unsigned(data, block + Q6_HIGH + i / 128 * 32 + inHalf % 32) >> inHalf / 32 * 2 & 3;
            float scale = superScale * data.get(ValueLayout.JAVA_BYTE, block + Q6_SCALES + i / 16);
            into[at + i] = scale * ((high << 4 | low) - 32);
        }
    }

    private static int unsigned(MemorySegment data, long at) {
        return Byte.toUnsignedInt(data.get(ValueLayout.JAVA_BYTE, at));
    }

    private static float half(MemorySegment data, long at) {
        return Float.float16ToFloat(data.get(GgufCursor.SHORT, at));
    }
}
