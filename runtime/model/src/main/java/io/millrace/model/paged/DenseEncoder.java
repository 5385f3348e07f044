package io.millrace.model.paged;

import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.FloatFormats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Rounds each value to a floating-point format, to nearest, ties to even.
 *
 * @param type {@code FLOAT32}, {@code FLOAT16} or {@code BFLOAT16}
 */
record DenseEncoder(ElementType type) implements RowEncoder {
    @Override
    public int elements(int columns) {
        return columns;
    }

    @Override
    public void encode(float[] row, int from, int columns, MemorySegment to, long at) {
        switch (type) {
            case FLOAT32 -> MemorySegment.copy(row, from, to, ValueLayout.JAVA_FLOAT_UNALIGNED, at, columns);
            case FLOAT16 -> put(float16(row, from, columns), to, at);
            case BFLOAT16 -> put(bfloat16(row, from, columns), to, at);
            default -> throw new IllegalArgumentException(type + " is no format for dense weights");
        }
    }

    private static short[] float16(float[] row, int from, int columns) {
        short[] halves = new short[columns];
        for (int i = 0; i < columns; i++) {
            halves[i] = Float.floatToFloat16(row[from + i]);
        }
        return halves;
    }

    private static short[] bfloat16(float[] row, int from, int columns) {
        short[] halves = new short[columns];
        for (int i = 0; i < columns; i++) {
            halves[i] = FloatFormats.toBfloat16(row[from + i]);
        }
        return halves;
    }

    private static void put(short[] halves, MemorySegment to, long at) {
        MemorySegment.copy(halves, 0, to, ValueLayout.JAVA_SHORT_UNALIGNED, at, halves.length);
    }
}
