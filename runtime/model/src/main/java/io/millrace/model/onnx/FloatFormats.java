package io.millrace.model.onnx;

/** The floating-point formats that Java does not know, all rounded to nearest, ties to even. */
public final class FloatFormats {
    /** Largest value of e4m3. */
    public static final float E4M3_MOST = 448;

    private static final int E4M3_MOST_CODE = 0x7e;

    /** Smallest normal value of e4m3. Below it there are eight steps of 2⁻⁹. */
    private static final float E4M3_LEAST_NORMAL = 0x1p-6f;

    private static final int E4M3_DROPPED_BITS = 23 - 3;
    private static final int E4M3_BIAS = 7;
    private static final int FLOAT_BIAS = 127;

    private FloatFormats() {}

    /** The upper half of a float32. Of NaN it makes anything: no model runs with those. */
    public static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    public static float fromBfloat16(short value) {
        return Float.intBitsToFloat(value << 16);
    }

    /**
     * The 8-bit format E4M3 of Micikevicius et al., FP8 Formats for Deep Learning, 2022. What lies beyond 448 becomes
     * 448; NaN becomes that, too.
     */
    public static byte toE4m3(float value) {
        int sign = Float.floatToRawIntBits(value) >>> 24 & 0x80;
        float magnitude = Math.abs(value);
        if (magnitude < E4M3_LEAST_NORMAL) {
            return (byte) (sign | (int) Math.rint(magnitude * 0x1p9f));
        }
        int bits = Float.floatToRawIntBits(magnitude);
        int half = (1 << E4M3_DROPPED_BITS - 1) - 1;
        int rounded = bits + half + (bits >>> E4M3_DROPPED_BITS & 1) >>> E4M3_DROPPED_BITS;
        int code = rounded - (FLOAT_BIAS - E4M3_BIAS << 3);
        return (byte) (sign | Math.min(code, E4M3_MOST_CODE));
    }

    public static float fromE4m3(byte code) {
        int exponent = code >> 3 & 15;
        int mantissa = code & 7;
        if (exponent == 15 && mantissa == 7) {
            return Float.NaN;
        }
        float magnitude = exponent == 0 ? mantissa * 0x1p-9f : Math.scalb(1 + mantissa / 8f, exponent - E4M3_BIAS);
        return code < 0 ? -magnitude : magnitude;
    }

    /** The value of {@code type} that is nearest to {@code value}. */
    public static float round(ElementType type, float value) {
        return switch (type) {
            case FLOAT32 -> value;
            case FLOAT16 -> Float.float16ToFloat(Float.floatToFloat16(value));
            case BFLOAT16 -> fromBfloat16(toBfloat16(value));
            default -> throw new IllegalArgumentException(type + " is no floating-point format of activations");
        };
    }
}
