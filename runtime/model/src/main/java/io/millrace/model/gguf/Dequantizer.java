package io.millrace.model.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Turns stored weights into floats, by ggml's {@code dequantize_row_*}: for norms, and as the reference that cheaper
 * mappings are tested against.
 */
public final class Dequantizer {
    private static final int HALF_BLOCK = 16;

    private Dequantizer() {}

    /** All elements of a small tensor, rows one after another. */
    public static float[] all(GgufTensor tensor) throws GgufException {
        long rows = tensor.rows();
        if (rows > Integer.MAX_VALUE / tensor.columns()) {
            throw GgufException.of("tensor " + tensor.name(), "has too many elements for one array");
        }
        int columns = (int) tensor.columns();
        float[] all = new float[(int) rows * columns];
        for (int row = 0; row < rows; row++) {
            row(tensor, row, all, row * columns);
        }
        return all;
    }

    /**
     * One row, of {@link GgufTensor#columns()} elements, written from {@code into[at]} on.
     *
     * @throws GgufException where the type is not {@link GgmlType#supported()}
     */
    public static void row(GgufTensor tensor, long row, float[] into, int at) throws GgufException {
        GgmlType type = tensor.type();
        if (!type.supported()) {
            throw GgufException.unsupported(tensor);
        }
        MemorySegment data = tensor.data().asSlice(Math.multiplyExact(row, tensor.rowBytes()), tensor.rowBytes());
        for (long block = 0; block < data.byteSize(); block += type.blockBytes()) {
            block(type, data, block, into, at);
            at += type.blockSize();
        }
    }

    private static void block(GgmlType type, MemorySegment data, long block, float[] into, int at) {
        switch (type) {
            case F32 -> into[at] = Float.intBitsToFloat(data.get(GgufCursor.INT, block));
            case F16 -> into[at] = half(data, block);
            case Q4_K, Q5_K, Q6_K -> KQuants.dequantize(type, data, block, into, at);
            case BF16 -> into[at] = Float.intBitsToFloat(data.get(GgufCursor.SHORT, block) << 16);
            default -> quantized(type, data, block, into, at);
        }
    }

    /** Where a type has no minimum, the middle of its range stands in: exact, for a scale has 11 significant bits. */
    private static void quantized(GgmlType type, MemorySegment data, long block, float[] into, int at) {
        float scale = half(data, block);
        switch (type) {
            case Q4_0 -> nibbles(data, block + 2, 0, scale, -8 * scale, into, at);
            case Q4_1 -> nibbles(data, block + 4, 0, scale, half(data, block + 2), into, at);
            case Q5_0 -> nibbles(data, block + 6, data.get(GgufCursor.INT, block + 2), scale, -16 * scale, into, at);
            case Q5_1 -> {
                int fifth = data.get(GgufCursor.INT, block + 4);
                nibbles(data, block + 8, fifth, scale, half(data, block + 2), into, at);
            }
            case Q8_0 -> bytes(data, block + 2, scale, into, at);
            default -> throw new IllegalArgumentException(type + " is not supported");
        }
    }

    private static float half(MemorySegment data, long at) {
        return Float.float16ToFloat(data.get(GgufCursor.SHORT, at));
    }

    private static void bytes(MemorySegment data, long quants, float scale, float[] into, int at) {
        for (int i = 0; i < 2 * HALF_BLOCK; i++) {
            into[at + i] = scale * data.get(ValueLayout.JAVA_BYTE, quants + i);
        }
    }

    /** Low nibbles are elements 0 to 15, high ones 16 to 31; bit i of {@code fifth} is bit 4 of element i. */
    private static void nibbles(
            MemorySegment data, long quants, int fifth, float scale, float minimum, float[] into, int at) {
        for (int i = 0; i < HALF_BLOCK; i++) {
            int pair = data.get(ValueLayout.JAVA_BYTE, quants + i);
            int low = pair & 0xf | (fifth >>> i & 1) << 4;
            int high = pair >>> 4 & 0xf | (fifth >>> i + HALF_BLOCK & 1) << 4;
            into[at + i] = scale * low + minimum;
            into[at + i + HALF_BLOCK] = scale * high + minimum;
        }
    }
}
