package io.millrace.model.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;

/** One to four random wounds to the header of a file. */
final class FileDamage {
    /** What breaks arithmetic: signs, widths, the bits of NaN, small counts, sizes near 2^31 and 2^63. */
    private static final long[] HOSTILE = {
        0,
        1,
        2,
        8,
        9,
        255,
        65_536,
        Integer.MAX_VALUE,
        1L << 31,
        0xffff_ffffL,
        1L << 32,
        0x7fc0_0000L,
        0x7ff8_0000_0000_0000L,
        1L << 60,
        Long.MAX_VALUE,
        Long.MAX_VALUE - 31,
        Long.MIN_VALUE,
        -1
    };

    private FileDamage() {}

    /**
     * Writes into {@code file}.
     *
     * @param header bytes from the start that may be hit, at least 16
     * @return the file, or its beginning where it was cut short
     */
    static MemorySegment wound(RandomGenerator random, MemorySegment file, long header) {
        MemorySegment left = file;
        for (int wounds = random.nextInt(1, 5); wounds > 0; wounds--) {
            long at = random.nextLong(header - Long.BYTES);
            switch (random.nextInt(6)) {
                case 0 -> flip(file, at, random.nextInt(8));
                case 1 -> file.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
                case 2 -> file.set(GgufCursor.INT, at, (int) HOSTILE[random.nextInt(HOSTILE.length)]);
                case 3 -> file.set(GgufCursor.LONG, at, HOSTILE[random.nextInt(HOSTILE.length)]);
                case 4 -> move(file, random.nextLong(header), at, random.nextLong(1 + header / 8));
                default -> left = random.nextInt(4) == 0 ? file.asSlice(0, at) : left;
            }
        }
        return left;
    }

    private static void flip(MemorySegment file, long at, int bit) {
        file.set(ValueLayout.JAVA_BYTE, at, (byte) (file.get(ValueLayout.JAVA_BYTE, at) ^ 1 << bit));
    }

    /** Repeats or drops bytes, so that all that follows is read at another place than it was meant for. */
    private static void move(MemorySegment file, long from, long to, long count) {
        long fitting = Math.min(count, file.byteSize() - Math.max(from, to));
        MemorySegment.copy(file, from, file, to, fitting);
    }
}
