package io.millrace.model.paged;

import io.millrace.model.onnx.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Rounds each value to a floating-point format, to nearest, ties to even. */
final class DenseEncoder implements RowEncoder {
    private final ElementType type;
    private short[] halves = new short[0];

    /** @param type {@code FLOAT32}, {@code FLOAT16} or {@code BFLOAT16} */
    DenseEncoder(ElementType type) {
        this.type = type;
    }

    @Override
    public ElementType type() {
        return type;
    }

    @Override
    public int elements(int columns) {
        return columns;
    }

    @Override
    public void encode(float[] row, int from, int columns, MemorySegment to, long at) {
        if (type == ElementType.FLOAT32) {
            MemorySegment.copy(row, from, to, ValueLayout.JAVA_FLOAT_UNALIGNED, at, columns);
            return;
        }
        if (halves.length < columns) {
            halves = new short[columns];
        }
        switch (type) {
            case FLOAT16 -> float16(row, from, columns);
            case BFLOAT16 -> bfloat16(row, from, columns);
            default -> throw new IllegalArgumentException(type + " is no format for dense weights");
        }
        MemorySegment.copy(halves, 0, to, ValueLayout.JAVA_SHORT_UNALIGNED, at, columns);
    }

    private void float16(float[] row, int from, int columns) {
        for (int i = 0; i < columns; i++) {
            halves[i] = Float.floatToFloat16(row[from + i]);
        }
    }

    private void bfloat16(float[] row, int from, int columns) {
        for (int i = 0; i < columns; i++) {
            halves[i] = FloatFormats.toBfloat16(row[from + i]);
        }
    }
}
