package io.millrace.ort.attention;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Products of a few rows with the columns of a few vectors: {@code c[r][j] = sum over k of a[r][k] * b[k][j]}, the terms added
 * one by one in the order of k. Scores are such products, of queries with blocks of keys, and so are results, of softmax with
 * values.
 *
 * <p>Written out for each form, since sums stay in registers only as variables: twelve, which leaves four of AVX2's sixteen.
 */
final class TileProducts {
    /** Rows of a high tile, which computes the more for what it reads. */
    static final int HIGH = 6;

    /** Rows of a low tile, which reads memory in longer pieces. */
    static final int LOW = 3;

    /** Vectors of a low tile; of a high one half as many. */
    static final int WIDE = 4;

    static final int NARROW = 2;

    private TileProducts() {}

    /** Six rows by two vectors. Offsets and {@code step}, from one k to the next, are bytes of {@code b}. */
    static void high(
            float[] a,
            int aAt,
            int aStride,
            MemorySegment b,
            long b0,
            long b1,
            int step,
            int count,
            float[] c,
            int cAt,
            int cStride) {
        FloatVector zero = FloatVector.zero(VectorLanes.FLOATS);
        FloatVector s00 = zero;
        FloatVector s01 = zero;
        FloatVector s10 = zero;
        FloatVector s11 = zero;
        FloatVector s20 = zero;
        FloatVector s21 = zero;
        FloatVector s30 = zero;
        FloatVector s31 = zero;
        FloatVector s40 = zero;
        FloatVector s41 = zero;
        FloatVector s50 = zero;
        FloatVector s51 = zero;
        int a1 = aAt + aStride;
        int a2 = a1 + aStride;
        int a3 = a2 + aStride;
        int a4 = a3 + aStride;
        int a5 = a4 + aStride;
        for (int k = 0; k < count; k++) {
            FloatVector y0 = VectorLanes.load(b, b0 + (long) k * step);
            FloatVector y1 = VectorLanes.load(b, b1 + (long) k * step);
            FloatVector x = VectorLanes.all(a[aAt + k]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            x = VectorLanes.all(a[a1 + k]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            x = VectorLanes.all(a[a2 + k]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            x = VectorLanes.all(a[a3 + k]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
            x = VectorLanes.all(a[a4 + k]);
            s40 = x.fma(y0, s40);
            s41 = x.fma(y1, s41);
            x = VectorLanes.all(a[a5 + k]);
            s50 = x.fma(y0, s50);
            s51 = x.fma(y1, s51);
        }
        store(s00, s01, c, cAt);
        store(s10, s11, c, cAt + cStride);
        store(s20, s21, c, cAt + 2 * cStride);
        store(s30, s31, c, cAt + 3 * cStride);
        store(s40, s41, c, cAt + 4 * cStride);
        store(s50, s51, c, cAt + 5 * cStride);
    }

    /** Three rows by four vectors. Offsets and {@code step}, from one k to the next, are bytes of {@code b}. */
    static void low(
            float[] a,
            int aAt,
            int aStride,
            MemorySegment b,
            long b0,
            long b1,
            long b2,
            long b3,
            int step,
            int count,
            float[] c,
            int cAt,
            int cStride) {
        FloatVector zero = FloatVector.zero(VectorLanes.FLOATS);
        FloatVector s00 = zero;
        FloatVector s01 = zero;
        FloatVector s02 = zero;
        FloatVector s03 = zero;
        FloatVector s10 = zero;
        FloatVector s11 = zero;
        FloatVector s12 = zero;
        FloatVector s13 = zero;
        FloatVector s20 = zero;
        FloatVector s21 = zero;
        FloatVector s22 = zero;
        FloatVector s23 = zero;
        int a1 = aAt + aStride;
        int a2 = a1 + aStride;
        for (int k = 0; k < count; k++) {
            FloatVector x0 = VectorLanes.all(a[aAt + k]);
            FloatVector x1 = VectorLanes.all(a[a1 + k]);
            FloatVector x2 = VectorLanes.all(a[a2 + k]);
            FloatVector y = VectorLanes.load(b, b0 + (long) k * step);
            s00 = x0.fma(y, s00);
            s10 = x1.fma(y, s10);
            s20 = x2.fma(y, s20);
            y = VectorLanes.load(b, b1 + (long) k * step);
            s01 = x0.fma(y, s01);
            s11 = x1.fma(y, s11);
            s21 = x2.fma(y, s21);
            y = VectorLanes.load(b, b2 + (long) k * step);
            s02 = x0.fma(y, s02);
            s12 = x1.fma(y, s12);
            s22 = x2.fma(y, s22);
            y = VectorLanes.load(b, b3 + (long) k * step);
            s03 = x0.fma(y, s03);
            s13 = x1.fma(y, s13);
            s23 = x2.fma(y, s23);
        }
        store(s00, s01, c, cAt);
        store(s02, s03, c, cAt + NARROW * VectorLanes.COUNT);
        store(s10, s11, c, cAt + cStride);
        store(s12, s13, c, cAt + cStride + NARROW * VectorLanes.COUNT);
        store(s20, s21, c, cAt + 2 * cStride);
        store(s22, s23, c, cAt + 2 * cStride + NARROW * VectorLanes.COUNT);
    }

    private static void store(FloatVector s0, FloatVector s1, float[] c, int at) {
        s0.intoArray(c, at);
        s1.intoArray(c, at + VectorLanes.COUNT);
    }
}
