package io.millrace.ort.attention;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Rotary embedding, the first half of a head against the second. */
final class Rotary {
    private Rotary() {}

    /**
     * Turns the head at byte {@code from} as its position says, times {@code scale}, into {@code to[at .. at + width)}.
     *
     * @param angles byte offset of the position in the tables
     */
    static void turn(
            MemorySegment heads,
            long from,
            MemorySegment cosines,
            MemorySegment sines,
            long angles,
            int width,
            float scale,
            float[] to,
            int at) {
        int half = width / 2;
        for (int i = 0; i < half; i += VectorLanes.COUNT) {
            long offset = (long) i * Float.BYTES;
            FloatVector cosine = VectorLanes.load(cosines, angles + offset);
            FloatVector sine = VectorLanes.load(sines, angles + offset);
            FloatVector x = VectorLanes.load(heads, from + offset);
            FloatVector y = VectorLanes.load(heads, from + offset + (long) half * Float.BYTES);
            x.mul(cosine).sub(y.mul(sine)).mul(scale).intoArray(to, at + i);
            y.mul(cosine).add(x.mul(sine)).mul(scale).intoArray(to, at + half + i);
        }
    }
}
