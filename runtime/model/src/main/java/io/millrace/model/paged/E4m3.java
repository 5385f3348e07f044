package io.millrace.model.paged;

import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.FloatFormats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A row in 8-bit floats times the row's scale, a float32: the largest of the row becomes the largest of the format. */
final class E4m3 {
    private E4m3() {}

    static float scale(float[] row, int from, int columns) {
        float most = 0;
        for (int i = 0; i < columns; i++) {
            most = Math.max(most, Math.abs(row[from + i]));
        }
        return most == 0 ? 1 : most / FloatFormats.E4M3_MOST;
    }

    /** {@code row / scale} in codes of the format. */
    static void encode(float[] row, int from, int columns, float scale, MemorySegment to, long at) {
        byte[] codes = new byte[columns];
        for (int i = 0; i < columns; i++) {
            codes[i] = FloatFormats.toE4m3(row[from + i] / scale);
        }
        MemorySegment.copy(codes, 0, to, ValueLayout.JAVA_BYTE, at, columns);
    }

    /** The row without its scale. */
    record Values() implements RowEncoder {
        @Override
        public ElementType type() {
            return ElementType.FLOAT8E4M3FN;
        }

        @Override
        public int elements(int columns) {
            return columns;
        }

        @Override
        public void encode(float[] row, int from, int columns, MemorySegment to, long at) {
            E4m3.encode(row, from, columns, scale(row, from, columns), to, at);
        }
    }

    /** The row's scale. */
    record Scales() implements RowEncoder {
        @Override
        public ElementType type() {
            return ElementType.FLOAT32;
        }

        @Override
        public int elements(int columns) {
            return 1;
        }

        @Override
        public void encode(float[] row, int from, int columns, MemorySegment to, long at) {
            to.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, scale(row, from, columns));
        }
    }
}
