package io.millrace.ort.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.SamplingParams;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EncodedRowsTest {
    private static final SamplingParams PARAMS = new SamplingParams(0.5f, 7, 0.9f, 0.1f, 1.2f, 0.3f, 0.4f, 11);

    @Test
    void encodedRowsLieAsTheKernelReadsThem() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment encoded = arena.allocate(EncodedRows.bytes(2, 5), 8);
            EncodedRows.write(
                    List.of(
                            new SampleRow(PARAMS, 20, 3, new int[] {5, 6}, 1, true),
                            new SampleRow(PARAMS, 21, SampleRow.FILLER, new int[] {7, 8, 9}, 2, true)),
                    encoded);
            assertArrayEquals(new int[] {11, 0, 20, 3}, ints(encoded, 0, 4));
            assertEquals(0.5f, encoded.get(ValueLayout.JAVA_FLOAT, 16));
            assertEquals(7, encoded.get(ValueLayout.JAVA_INT, 20));
            assertEquals(0.4f, encoded.get(ValueLayout.JAVA_FLOAT, 40));
            assertArrayEquals(new int[] {0, 2, 1, 1}, ints(encoded, 44, 4));
            // A filler has no slot that a pending token could come from.
            assertArrayEquals(new int[] {2, 5, 2, 0}, ints(encoded, 64 + 44, 4));
            assertArrayEquals(new int[] {5, 6, 7, 8, 9}, ints(encoded, 128, 5));
            assertEquals(PARAMS, EncodedRows.read(encoded, 2, 0).params());
            assertArrayEquals(
                    new int[] {7, 8, 9}, EncodedRows.read(encoded, 2, 1).history());
        }
    }

    private static int[] ints(MemorySegment memory, long offset, int count) {
        return memory.asSlice(offset, 4L * count).toArray(ValueLayout.JAVA_INT);
    }
}
