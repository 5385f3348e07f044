package io.millrace.ort.attention;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The vectors of this machine. */
final class VectorLanes {
    /** Not more lanes than a block of keys has positions. */
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED.length() > KeyBlocks.POSITIONS
            ? FloatVector.SPECIES_512
            : FloatVector.SPECIES_PREFERRED;

    static final int COUNT = FLOATS.length();

    private VectorLanes() {}

    static FloatVector load(MemorySegment memory, long offset) {
        return FloatVector.fromMemorySegment(FLOATS, memory, offset, ByteOrder.nativeOrder());
    }

    static FloatVector load(float[] array, int index) {
        return FloatVector.fromArray(FLOATS, array, index);
    }

    static FloatVector all(float value) {
        return FloatVector.broadcast(FLOATS, value);
    }

    static void store(FloatVector vector, MemorySegment memory, long offset) {
        vector.intoMemorySegment(memory, offset, ByteOrder.nativeOrder());
    }
}
