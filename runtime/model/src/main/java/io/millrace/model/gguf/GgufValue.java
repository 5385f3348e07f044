package io.millrace.model.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * A metadata value, still as bytes of the file: decoding on demand keeps a hostile header from filling the heap.
 *
 * @param type   of the value, or of the elements where {@code array}
 * @param count  elements; 1 where not {@code array}
 * @param offset byte of the file at which {@code data} begins
 */
record GgufValue(String key, boolean array, GgufValueType type, int count, long offset, MemorySegment data) {
    /** Elements of an array; the largest vocabularies have 300,000. */
    static final int MAX_ELEMENTS = 1 << 22;

    /** Bytes of a string; the longest in use are licences and chat templates of some 20 KB. */
    static final int MAX_STRING_BYTES = 1 << 20;

    static GgufValue read(GgufCursor cursor, String key) throws GgufException {
        long at = cursor.position();
        GgufValueType type = GgufValueType.read(cursor, key);
        if (type != GgufValueType.ARRAY) {
            return new GgufValue(key, false, type, 1, cursor.position(), elements(cursor, key, type, 1));
        }
        GgufValueType element = GgufValueType.read(cursor, key);
        if (element == GgufValueType.ARRAY) {
            throw GgufException.at(at, key, "arrays of arrays are not supported");
        }
        int count = (int) cursor.u64(key, MAX_ELEMENTS);
        return new GgufValue(key, true, element, count, cursor.position(), elements(cursor, key, element, count));
    }

    private static MemorySegment elements(GgufCursor cursor, String key, GgufValueType type, int count)
            throws GgufException {
        if (type != GgufValueType.STRING) {
            return cursor.take((long) count * type.bytes(), key);
        }
        long start = cursor.position();
        for (int i = 0; i < count; i++) {
            cursor.stringBytes(key, MAX_STRING_BYTES);
        }
        return cursor.since(start);
    }

    String string() throws GgufException {
        expect(!array && type == GgufValueType.STRING, "a string");
        return new GgufCursor(data, offset).string(key, MAX_STRING_BYTES);
    }

    List<String> strings() throws GgufException {
        expect(array && type == GgufValueType.STRING, "an array of strings");
        GgufCursor cursor = new GgufCursor(data, offset);
        List<String> strings = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            strings.add(cursor.string(key, MAX_STRING_BYTES));
        }
        return strings;
    }

    long integer() throws GgufException {
        expect(!array && type.isInteger(), "an integer");
        return integer(0);
    }

    long[] integers() throws GgufException {
        expect(array && type.isInteger(), "an array of integers");
        long[] integers = new long[count];
        for (int i = 0; i < count; i++) {
            integers[i] = integer(i);
        }
        return integers;
    }

    double real() throws GgufException {
        expect(!array && (type == GgufValueType.FLOAT32 || type == GgufValueType.FLOAT64), "a floating-point number");
        double real = type == GgufValueType.FLOAT32
                ? Float.intBitsToFloat(data.get(GgufCursor.INT, 0))
                : Double.longBitsToDouble(data.get(GgufCursor.LONG, 0));
        if (!Double.isFinite(real)) {
            throw GgufException.at(offset, key, "is " + real);
        }
        return real;
    }

    float[] reals() throws GgufException {
        expect(array && type == GgufValueType.FLOAT32, "an array of 32-bit floats");
        float[] reals = new float[count];
        for (int i = 0; i < count; i++) {
            reals[i] = Float.intBitsToFloat(data.get(GgufCursor.INT, (long) i * Float.BYTES));
            if (!Float.isFinite(reals[i])) {
                throw GgufException.at(offset, key, "element " + i + " is " + reals[i]);
            }
        }
        return reals;
    }

    boolean bool() throws GgufException {
        expect(!array && type == GgufValueType.BOOL, "a boolean");
        byte value = data.get(ValueLayout.JAVA_BYTE, 0);
        if (value != 0 && value != 1) {
            throw GgufException.at(offset, key, "is " + value + ", a boolean is 0 or 1");
        }
        return value == 1;
    }

    private long integer(int i) throws GgufException {
        long at = (long) i * type.bytes();
        return switch (type) {
            case UINT8 -> Byte.toUnsignedLong(data.get(ValueLayout.JAVA_BYTE, at));
            case INT8 -> data.get(ValueLayout.JAVA_BYTE, at);
            case UINT16 -> Short.toUnsignedLong(data.get(GgufCursor.SHORT, at));
            case INT16 -> data.get(GgufCursor.SHORT, at);
            case UINT32 -> Integer.toUnsignedLong(data.get(GgufCursor.INT, at));
            case INT32 -> data.get(GgufCursor.INT, at);
            case UINT64 -> new GgufCursor(data.asSlice(at), offset + at).u64(key, Long.MAX_VALUE);
            case INT64 -> data.get(GgufCursor.LONG, at);
            case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> throw new IllegalStateException(type + " is no integer");
        };
    }

    private void expect(boolean met, String expected) throws GgufException {
        if (!met) {
            throw GgufException.at(offset, key, "is " + (array ? "an array of " : "") + type + ", not " + expected);
        }
    }
}
