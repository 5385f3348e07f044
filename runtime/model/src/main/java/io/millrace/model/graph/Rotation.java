package io.millrace.model.graph;

import java.util.Random;

/**
 * An orthogonal matrix that spreads every entry of a vector over all others, always the same one for a size: random signs, then
 * a Hadamard matrix of the size's largest power of two, Kronecker a random orthogonal one of the odd rest.
 *
 * <p>Few large entries are what a common scale loses the others by, and after a rotation there are none; what is computed
 * stays the same (QuaRot, Ashkboos et al., 2024).
 */
final class Rotation {
    private static final long SEED = 0x6d696c6cL;

    private final int size;
    private final int powerOfTwo;
    private final float[] signs;
    private final double[][] odd;

    Rotation(int size) {
        this.size = size;
        this.powerOfTwo = Integer.lowestOneBit(size);
        Random random = new Random(SEED);
        this.signs = new float[size];
        for (int i = 0; i < size; i++) {
            signs[i] = random.nextBoolean() ? 1 : -1;
        }
        this.odd = orthogonal(size / powerOfTwo, random);
    }

    /** The largest power of two in {@code width}, at most {@code most}, of which there are two or more. */
    static int block(int width, int most) {
        int block = Math.min(Integer.lowestOneBit(width), most);
        return block == width && block > 1 ? block / 2 : block;
    }

    int size() {
        return size;
    }

    /** Turns {@code x[from .. from + size]} in its place. */
    void turn(float[] x, int from) {
        for (int i = 0; i < size; i++) {
            x[from + i] *= signs[i];
        }
        for (int at = 0; at < size; at += powerOfTwo) {
            hadamard(x, from + at);
        }
        if (odd.length > 1) {
            mixParts(x, from);
        }
    }

    /** Turns each {@code size} of {@code x}, whose length is a multiple of it. */
    void turnAll(float[] x) {
        for (int from = 0; from < x.length; from += size) {
            turn(x, from);
        }
    }

    /** What becomes of the vector that is 1 at {@code index} and 0 elsewhere: a row of the matrix to multiply rows by. */
    float[] image(int index) {
        float[] x = new float[size];
        x[index] = 1;
        turn(x, 0);
        return x;
    }

    /** Sylvester's, by butterflies, scaled to length 1. */
    private void hadamard(float[] x, int from) {
        for (int half = 1; half < powerOfTwo; half *= 2) {
            for (int i = 0; i < powerOfTwo; i++) {
                if ((i & half) == 0) {
                    float a = x[from + i];
                    float b = x[from + i + half];
                    x[from + i] = a + b;
                    x[from + i + half] = a - b;
                }
            }
        }
        float scale = (float) (1 / Math.sqrt(powerOfTwo));
        for (int i = 0; i < powerOfTwo; i++) {
            x[from + i] *= scale;
        }
    }

    private void mixParts(float[] x, int from) {
        double[] before = new double[odd.length];
        for (int i = 0; i < powerOfTwo; i++) {
            for (int part = 0; part < odd.length; part++) {
                before[part] = x[from + part * powerOfTwo + i];
            }
            for (int part = 0; part < odd.length; part++) {
                x[from + part * powerOfTwo + i] = (float) dot(odd[part], before);
            }
        }
    }

    /** By Gram and Schmidt from normal deviates. */
    private static double[][] orthogonal(int n, Random random) {
        double[][] rows = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                rows[i][j] = random.nextGaussian();
            }
            for (int before = 0; before < i; before++) {
                add(rows[i], rows[before], -dot(rows[i], rows[before]));
            }
            double length = Math.sqrt(dot(rows[i], rows[i]));
            for (int j = 0; j < n; j++) {
                rows[i][j] /= length;
            }
        }
        return rows;
    }

    private static void add(double[] to, double[] what, double times) {
        for (int j = 0; j < to.length; j++) {
            to[j] += times * what[j];
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int j = 0; j < a.length; j++) {
            sum += a[j] * b[j];
        }
        return sum;
    }
}
