package io.millrace.ort.attention;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How keys of one head lie in the cache: blocks of {@value #POSITIONS} positions, {@code [width, POSITIONS]} each. A vector holds
 * one component of neighbouring positions, so that a score is summed in one lane, in the order of the components.
 */
final class KeyBlocks {
    /** As many as the prefix cache copies at once, so that what it copies stays in one piece. At least a vector's lanes. */
    static final int POSITIONS = 16;

    private KeyBlocks() {}

    /** Byte offset of component 0 of {@code position}. */
    static long at(long head, int position, int width) {
        int inBlock = position % POSITIONS;
        return (head + (long) (position - inBlock) * width + inBlock) * Float.BYTES;
    }

    /** Writes {@code key[0 .. width)}. */
    static void put(MemorySegment keys, long head, int position, float[] key, int width) {
        long at = at(head, position, width);
        for (int i = 0; i < width; i++) {
            keys.set(ValueLayout.JAVA_FLOAT, at + (long) i * POSITIONS * Float.BYTES, key[i]);
        }
    }
}
