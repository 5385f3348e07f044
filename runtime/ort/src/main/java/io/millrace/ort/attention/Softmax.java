package io.millrace.ort.attention;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Softmax of one row of scores, up to its sum: the division is left for the sums of values, of which there are fewer. Owned by one thread. */
final class Softmax {
    private final float[] lanes = new float[VectorLanes.COUNT];

    /** Scores s become {@code cap * tanh(s)}, a vector's lanes past {@code end} among them. */
    static void cap(float[] scores, int begin, int end, float cap) {
        for (int i = begin; i < end; i += VectorLanes.COUNT) {
            Exponential.tanh(VectorLanes.load(scores, i)).mul(cap).intoArray(scores, i);
        }
    }

    /**
     * Scores s become {@code 2^(s - max)}, and 0 to both sides of them.
     *
     * @param begin first that counts
     * @param end   behind the last one that counts; whole vectors that hold it are in the array
     * @param from  zeros begin here, at a vector's first lane
     * @param to    zeros end here
     * @return their sum
     */
    float exponentials(float[] scores, int begin, int end, int from, int to) {
        int first = begin - (begin - from) % VectorLanes.COUNT;
        int last = from + Math.ceilDiv(end - from, VectorLanes.COUNT) * VectorLanes.COUNT;
        Arrays.fill(scores, first, begin, Float.NEGATIVE_INFINITY);
        Arrays.fill(scores, end, last, Float.NEGATIVE_INFINITY);
        float sum = raise(scores, first, last, max(scores, first, last));
        Arrays.fill(scores, from, first, 0);
        Arrays.fill(scores, Math.min(last, to), to, 0);
        return sum;
    }

    /** By comparisons, since {@code max} takes pains over zeros and NaN; of two vectors, so that one need not wait for the other. */
    private static float max(float[] scores, int first, int last) {
        FloatVector even = VectorLanes.load(scores, first);
        FloatVector odd = even;
        int i = first + VectorLanes.COUNT;
        for (; i < last - VectorLanes.COUNT; i += 2 * VectorLanes.COUNT) {
            even = greater(even, VectorLanes.load(scores, i));
            odd = greater(odd, VectorLanes.load(scores, i + VectorLanes.COUNT));
        }
        if (i < last) {
            even = greater(even, VectorLanes.load(scores, i));
        }
        return greater(even, odd).reduceLanes(VectorOperators.MAX);
    }

    private static FloatVector greater(FloatVector a, FloatVector b) {
        return a.blend(b, b.compare(VectorOperators.GT, a));
    }

    private float raise(float[] scores, int first, int last, float max) {
        FloatVector sums = FloatVector.zero(VectorLanes.FLOATS);
        for (int i = first; i < last; i += VectorLanes.COUNT) {
            FloatVector power =
                    Exponential.powerOfTwo(VectorLanes.load(scores, i).sub(max));
            power.intoArray(scores, i);
            sums = sums.add(power);
        }
        return inOrder(sums);
    }

    /** Not by reduceLanes, whose order is not defined and changes when the method is compiled. */
    private float inOrder(FloatVector sums) {
        sums.intoArray(lanes, 0);
        float sum = 0;
        for (float lane : lanes) {
            sum += lane;
        }
        return sum;
    }
}
