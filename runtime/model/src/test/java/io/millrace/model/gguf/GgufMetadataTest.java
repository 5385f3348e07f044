package io.millrace.model.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The value of the one key {@code k} begins at byte 37. */
class GgufMetadataTest {
    private final GgufWriter writer = new GgufWriter();

    @Test
    void aMissingKeyIsEmpty() throws GgufException {
        GgufMetadata metadata = writer.open().metadata();
        assertEquals(Set.of(), metadata.keys());
        assertEquals(Optional.empty(), metadata.string("k"));
        assertEquals(Optional.empty(), metadata.strings("k"));
        assertEquals(OptionalLong.empty(), metadata.integer("k"));
        assertTrue(metadata.integers("k").isEmpty());
        assertEquals(OptionalDouble.empty(), metadata.real("k"));
        assertEquals(Optional.empty(), metadata.bool("k"));
    }

    @Test
    void integersOfEveryWidthKeepTheirSign() throws GgufException {
        byte[] ones = {-1, -1, -1, -1, -1, -1, -1, -1};
        assertEquals(255, integer(GgufValueType.UINT8, ones));
        assertEquals(-1, integer(GgufValueType.INT8, ones));
        assertEquals(65_535, integer(GgufValueType.UINT16, ones));
        assertEquals(-1, integer(GgufValueType.INT16, ones));
        assertEquals(4_294_967_295L, integer(GgufValueType.UINT32, ones));
        assertEquals(-1, integer(GgufValueType.INT32, ones));
        assertEquals(-1, integer(GgufValueType.INT64, ones));
        assertEquals(Long.MAX_VALUE, integer(GgufValueType.UINT64, GgufWriter.longs(Long.MAX_VALUE)));
    }

    private static long integer(GgufValueType type, byte[] bytes) throws GgufException {
        byte[] value = Arrays.copyOf(bytes, type.bytes());
        GgufMetadata metadata = new GgufWriter().raw("k", type, value).open().metadata();
        return metadata.integer("k").orElseThrow();
    }

    @Test
    void anIntegerBeyond63BitsIsRefused() throws GgufException {
        writer.raw("k", GgufValueType.UINT64, GgufWriter.longs(-1));
        GgufMetadata metadata = writer.open().metadata();
        Refusal.of("k at byte 37: is 18446744073709551615, more than 9223372036854775807", () -> metadata.integer("k"));
    }

    @Test
    void realsOfBothWidthsAreReadAndMustBeFinite() throws GgufException {
        assertEquals(
                1e-5f, writer.float32("k", 1e-5f).open().metadata().real("k").orElseThrow());
        writer.raw("k", GgufValueType.FLOAT64, GgufWriter.longs(Double.doubleToLongBits(1e-9)));
        assertEquals(1e-9, writer.open().metadata().real("k").orElseThrow());
        GgufMetadata metadata = writer.float32("k", Float.NaN).open().metadata();
        Refusal.of("k at byte 37: is NaN", () -> metadata.real("k"));
    }

    @Test
    void arraysAreRead() throws GgufException {
        assertEquals(
                List.of("", "é", "two"),
                writer.strings("k", "", "é", "two")
                        .open()
                        .metadata()
                        .strings("k")
                        .orElseThrow());
        assertArrayEquals(
                new long[] {3, -4},
                writer.int32s("k", 3, -4).open().metadata().integers("k").orElseThrow());
    }

    @Test
    void aValueOfAnotherTypeIsRefused() throws GgufException {
        GgufMetadata text = writer.string("k", "32").open().metadata();
        Refusal.of("k at byte 37: is STRING, not an integer", () -> text.integer("k"));
        Refusal.of("k at byte 37: is STRING, not an array of strings", () -> text.strings("k"));
        Refusal.of("k at byte 37: is STRING, not a boolean", () -> text.bool("k"));
        GgufMetadata array = writer.int32s("k", 1).open().metadata();
        Refusal.of("k at byte 49: is an array of INT32, not an integer", () -> array.integer("k"));
        Refusal.of("k at byte 49: is an array of INT32, not a string", () -> array.string("k"));
        GgufMetadata integer = writer.uint32("k", 1).open().metadata();
        Refusal.of("k at byte 37: is UINT32, not a floating-point number", () -> integer.real("k"));
        Refusal.of("k at byte 37: is UINT32, not an array of integers", () -> integer.integers("k"));
    }

    @Test
    void aBooleanIsZeroOrOne() throws GgufException {
        assertEquals(Optional.of(true), writer.bool("k", 1).open().metadata().bool("k"));
        GgufMetadata metadata = writer.bool("k", 2).open().metadata();
        Refusal.of("k at byte 37: is 2, a boolean is 0 or 1", () -> metadata.bool("k"));
    }

    @Test
    void textThatIsNotUtf8IsRefused() throws GgufException {
        byte[] bytes = GgufWriter.join(GgufWriter.longs(2), new byte[] {(byte) 0xc3, '('});
        GgufMetadata metadata =
                writer.raw("k", GgufValueType.STRING, bytes).open().metadata();
        Refusal.of("k at byte 37: is not UTF-8", () -> metadata.string("k"));
    }

    @Test
    void aKeyMayNotComeTwice() {
        writer.uint32("k", 1).again("k", GgufValueType.UINT32, GgufWriter.ints(2));
        Refusal.of("metadata key 1 at byte 41: \"k\" is there twice", writer::open);
    }

    @Test
    void arraysAreBoundedByCountAndByTheFile() {
        writer.array("k", GgufValueType.UINT8, GgufValue.MAX_ELEMENTS + 1L, new byte[0]);
        Refusal.of("k at byte 41: is 4194305, more than 4194304", writer::open);
        writer.array("k", GgufValueType.UINT64, GgufValue.MAX_ELEMENTS, new byte[8]);
        Refusal.of("k at byte 49: needs 33554432 bytes, but 8 are left", writer::open);
        writer.array("k", GgufValueType.STRING, GgufValue.MAX_ELEMENTS, GgufWriter.text("one"));
        Refusal.of("k at byte 60: needs 8 bytes, but 0 are left", writer::open);
    }

    @Test
    void stringsAreBounded() {
        writer.raw("k", GgufValueType.STRING, GgufWriter.longs(GgufValue.MAX_STRING_BYTES + 1));
        Refusal.of("k at byte 37: is 1048577, more than 1048576", writer::open);
    }

    @Test
    void unknownTypesAndArraysOfArraysAreRefused() {
        writer.array("k", GgufValueType.ARRAY, 1, new byte[0]);
        Refusal.of("k at byte 33: arrays of arrays are not supported", writer::open);
        byte[] file = new GgufWriter().uint32("k", 1).bytes();
        file[33] = 13;
        Refusal.of("k at byte 33: value type 13 is unknown", () -> GgufWriter.open(MemorySegment.ofArray(file)));
    }
}
