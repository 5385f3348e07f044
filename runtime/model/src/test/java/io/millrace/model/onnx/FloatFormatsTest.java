package io.millrace.model.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class FloatFormatsTest {
    private static final int LARGEST = 0x7e;
    private static final int NAN = 0x7f;

    /** Every value by the format's definition: {@code (1 + m/8) * 2^(e-7)}, below the least exponent {@code m/8 * 2^-6}. */
    private static double e4m3(int code) {
        int exponent = code >> 3 & 15;
        double fraction = (code & 7) / 8.0;
        return exponent == 0 ? fraction * Math.pow(2, -6) : (1 + fraction) * Math.pow(2, exponent - 7);
    }

    @Test
    void all256CodesHaveTheirValue() {
        for (int code = 0; code < NAN; code++) {
            assertEquals(e4m3(code), FloatFormats.fromE4m3((byte) code));
            assertEquals(-e4m3(code), FloatFormats.fromE4m3((byte) (code | 0x80)));
        }
        assertTrue(Float.isNaN(FloatFormats.fromE4m3((byte) NAN)));
        assertTrue(Float.isNaN(FloatFormats.fromE4m3((byte) 0xff)));
        assertEquals(448, e4m3(LARGEST));
        assertEquals(0x1p-9, e4m3(1));
    }

    @Test
    void everyE4m3ValueIsItself() {
        for (int code = 0; code < 256; code++) {
            if ((code & NAN) != NAN) {
                assertEquals((byte) code, FloatFormats.toE4m3(FloatFormats.fromE4m3((byte) code)));
            }
        }
    }

    @Test
    void betweenTwoE4m3ValuesTheNearerIsTakenAndHalfwayTheEvenOne() {
        for (int code = 0; code < LARGEST; code++) {
            float low = (float) e4m3(code);
            float high = (float) e4m3(code + 1);
            float middle = (low + high) / 2;
            int even = code % 2 == 0 ? code : code + 1;
            assertEquals((byte) even, FloatFormats.toE4m3(middle));
            assertEquals((byte) code, FloatFormats.toE4m3(Math.nextDown(middle)));
            assertEquals((byte) (code + 1), FloatFormats.toE4m3(Math.nextUp(middle)));
            assertEquals((byte) (0x80 | code + 1), FloatFormats.toE4m3(-Math.nextUp(middle)));
        }
    }

    @Test
    void beyondTheLargestE4m3ValueIsTheLargest() {
        for (float beyond : new float[] {449, 464, 480, 1e30f, Float.POSITIVE_INFINITY}) {
            assertEquals((byte) LARGEST, FloatFormats.toE4m3(beyond));
            assertEquals((byte) (0x80 | LARGEST), FloatFormats.toE4m3(-beyond));
        }
    }

    @Test
    void bfloat16IsNearestAndHalfwayTheEvenOne() {
        Random random = new Random(5);
        for (int i = 0; i < 10_000; i++) {
            int upper = random.nextInt(0x7f00) | (random.nextBoolean() ? 0x8000 : 0);
            assertEquals((short) upper, bfloat16(upper, 0));
            assertEquals((short) upper, bfloat16(upper, 0x7fff));
            assertEquals((short) (upper + (upper & 1)), bfloat16(upper, 0x8000));
            assertEquals((short) (upper + 1), bfloat16(upper, 0x8001));
        }
        assertEquals(Float.POSITIVE_INFINITY, FloatFormats.fromBfloat16(FloatFormats.toBfloat16(Float.MAX_VALUE)));
    }

    private static short bfloat16(int upper, int lower) {
        return FloatFormats.toBfloat16(Float.intBitsToFloat(upper << 16 | lower));
    }

    @Test
    void roundingKnowsTheFormatsOfActivations() {
        float third = 1f / 3;
        assertEquals(third, FloatFormats.round(ElementType.FLOAT32, third));
        assertEquals(1365f / 4096, FloatFormats.round(ElementType.FLOAT16, third));
        assertEquals(171f / 512, FloatFormats.round(ElementType.BFLOAT16, third));
    }
}
