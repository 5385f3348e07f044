package io.millrace.ort.attention;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Powers of two and what is made of them, lane by lane, in operations that round alike on every machine and before and after
 * compilation: a lane's result depends on that lane alone.
 */
final class Exponential {
    /** 1.5 * 2^23: a float of this size has no fraction, so that adding it rounds, and its lowest bits are the whole number. */
    private static final float ROUNDER = 12582912f;

    private static final int EXPONENT_SHIFT = 23;

    /** Smaller powers are as good as none beside the largest, which is 1. */
    private static final float LEAST = -125f;

    /** Beyond it tanh is 1 in float32. */
    private static final float TANH_END = 10f;

    private static final float LOG2_E = (float) (1 / Math.log(2));

    // 2^r for r in [-0.5, 0.5] by Remez's exchange, relative error 7.5e-8.
    private static final float C0 = 1.0000000716546416f;
    private static final float C1 = 0.6931469670652647f;
    private static final float C2 = 0.24022119723969096f;
    private static final float C3 = 0.055507132728757576f;
    private static final float C4 = 0.009675541331026176f;
    private static final float C5 = 0.0013276472167720122f;

    private Exponential() {}

    /** {@code 2^x} for x up to 126; 0 below {@value #LEAST}. */
    static FloatVector powerOfTwo(FloatVector x) {
        FloatVector rounded = x.add(ROUNDER);
        FloatVector rest = x.sub(rounded.sub(ROUNDER));
        FloatVector power = rest.fma(VectorLanes.all(C5), VectorLanes.all(C4))
                .fma(rest, VectorLanes.all(C3))
                .fma(rest, VectorLanes.all(C2))
                .fma(rest, VectorLanes.all(C1))
                .fma(rest, VectorLanes.all(C0));
        return power.reinterpretAsInts()
                .add(rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, EXPONENT_SHIFT))
                .reinterpretAsFloats()
                .blend(0, x.compare(VectorOperators.LT, LEAST));
    }

    /** To about 1e-7, absolute. */
    static FloatVector tanh(FloatVector x) {
        FloatVector bounded = x.max(-TANH_END).min(TANH_END);
        FloatVector power = powerOfTwo(bounded.mul(2 * LOG2_E));
        return VectorLanes.all(1).sub(VectorLanes.all(2).div(power.add(1)));
    }
}
