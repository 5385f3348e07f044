package io.millrace.model.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Values are worked out by hand from ggml's block layouts: scale 0.5, minimum −3 where there is one. */
class DequantizerTest {
    private static final byte[] HALF = half(0.5f);
    private static final byte[] MINUS_THREE = half(-3);

    @Test
    void floatsOfEveryWidth() throws GgufException {
        float[] expected = {1.5f, -0.25f};
        assertArrayEquals(expected, all(0, ints(1.5f, -0.25f), 2));
        assertArrayEquals(expected, all(1, GgufWriter.join(half(1.5f), half(-0.25f)), 2));
        assertArrayEquals(expected, all(30, new byte[] {(byte) 0xc0, 0x3f, (byte) 0x80, (byte) 0xbe}, 2));
    }

    @Test
    void fourBitsHoldElementsOfBothHalves() throws GgufException {
        byte[] nibbles = new byte[16];
        nibbles[0] = (byte) 0xf1;
        nibbles[15] = (byte) 0x80;
        float[] symmetric = all(2, GgufWriter.join(HALF, nibbles), 32);
        assertEquals(0.5f * (1 - 8), symmetric[0]);
        assertEquals(0.5f * (0 - 8), symmetric[15]);
        assertEquals(0.5f * (15 - 8), symmetric[16]);
        assertEquals(0.5f * (8 - 8), symmetric[31]);
        float[] affine = all(3, GgufWriter.join(HALF, MINUS_THREE, nibbles), 32);
        assertEquals(0.5f * 1 - 3, affine[0]);
        assertEquals(-3, affine[15]);
        assertEquals(0.5f * 15 - 3, affine[16]);
        assertEquals(0.5f * 8 - 3, affine[31]);
    }

    @Test
    void theFifthBitComesFromAWordOfItsOwn() throws GgufException {
        byte[] nibbles = new byte[16];
        nibbles[0] = 0x21;
        byte[] fifth = GgufWriter.ints(1 | 1 << 31);
        float[] symmetric = all(6, GgufWriter.join(HALF, fifth, nibbles), 32);
        assertEquals(0.5f * (17 - 16), symmetric[0]);
        assertEquals(0.5f * (2 - 16), symmetric[16]);
        assertEquals(0.5f * (16 - 16), symmetric[31]);
        float[] affine = all(7, GgufWriter.join(HALF, MINUS_THREE, fifth, nibbles), 32);
        assertEquals(0.5f * 17 - 3, affine[0]);
        assertEquals(0.5f * 2 - 3, affine[16]);
        assertEquals(0.5f * 16 - 3, affine[31]);
    }

    @Test
    void eightBitsAreSigned() throws GgufException {
        byte[] quants = new byte[32];
        quants[0] = -128;
        quants[31] = 127;
        float[] values = all(8, GgufWriter.join(HALF, quants), 32);
        assertEquals(-64, values[0]);
        assertEquals(63.5f, values[31]);
    }

    @Test
    void aRowIsReadWithoutItsNeighbours() throws GgufException {
        byte[] quants = new byte[64];
        Arrays.fill(quants, 32, 64, (byte) 2);
        byte[] data =
                GgufWriter.join(HALF, Arrays.copyOfRange(quants, 0, 32), HALF, Arrays.copyOfRange(quants, 32, 64));
        GgufTensor tensor = new GgufWriter().tensor("t", 8, data, 2, 32).open().tensor("t");
        float[] into = new float[34];
        Dequantizer.row(tensor, 1, into, 1);
        assertEquals(0, into[0]);
        assertEquals(1, into[1]);
        assertEquals(1, into[32]);
        assertEquals(0, into[33]);
    }

    @Test
    void aTypeThatCannotBeRunIsRefusedByName() throws GgufException {
        GgufTensor tensor =
                new GgufWriter().tensor("t", 10, new byte[84], 256).open().tensor("t");
        Refusal.of(
                "tensor t: is of type Q2_K, supported are"
                        + " F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, BF16, Q4_K, Q5_K, Q6_K",
                () -> Dequantizer.all(tensor));
    }

    private static float[] all(int type, byte[] data, long columns) throws GgufException {
        return Dequantizer.all(
                new GgufWriter().tensor("t", type, data, columns).open().tensor("t"));
    }

    private static byte[] half(float value) {
        short bits = Float.floatToFloat16(value);
        return new byte[] {(byte) bits, (byte) (bits >> 8)};
    }

    private static byte[] ints(float... values) {
        int[] bits = new int[values.length];
        Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
        return GgufWriter.ints(bits);
    }
}
