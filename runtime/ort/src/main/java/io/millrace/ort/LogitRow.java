package io.millrace.ort;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * The logits of one position, out of native memory. Reused from row to row; owned by one thread.
 *
 * <p>Held as float bits, too, because the compiler makes vector loops of maxima of integers and not of floats: the
 * largest of 49,152 takes 4 microseconds instead of 40.
 */
final class LogitRow {
    private static final int BLOCK = 512;
    private static final int INFINITY = ordered(Float.floatToRawIntBits(Float.POSITIVE_INFINITY));
    private static final int MINUS_INFINITY = ordered(Float.floatToRawIntBits(Float.NEGATIVE_INFINITY));

    private final float[] values;
    private final int[] bits;
    private final int[] blockMaxima;
    private final float[] weights;

    LogitRow(int vocabulary) {
        values = new float[vocabulary];
        bits = new int[vocabulary];
        blockMaxima = new int[Math.ceilDiv(vocabulary, BLOCK)];
        weights = new float[vocabulary];
    }

    /** Takes the row that begins at {@code offset} of two views on the same memory. */
    void read(FloatBuffer asFloats, IntBuffer asBits, int offset) {
        asFloats.get(offset, values);
        asBits.get(offset, bits);
    }

    int size() {
        return values.length;
    }

    float get(int token) {
        return values[token];
    }

    void set(int token, float logit) {
        values[token] = logit;
        bits[token] = Float.floatToRawIntBits(logit);
    }

    /**
     * Finds the largest logit. To be called after the last change, before {@link #atLeast}.
     *
     * @return its lowest token
     * @throws ArithmeticException where a logit is not finite
     */
    int best() {
        int best = 0;
        for (int block = 0; block < blockMaxima.length; block++) {
            blockMaxima[block] = max(bits, block * BLOCK, end(block));
            best = blockMaxima[block] > blockMaxima[best] ? block : best;
        }
        for (int token = best * BLOCK; ; token++) {
            if (ordered(bits[token]) == blockMaxima[best]) {
                return token;
            }
        }
    }

    private static int max(int[] bits, int from, int to) {
        int max = Integer.MIN_VALUE;
        int min = Integer.MAX_VALUE;
        for (int i = from; i < to; i++) {
            int ordered = ordered(bits[i]);
            max = Math.max(max, ordered);
            min = Math.min(min, ordered);
        }
        if (max >= INFINITY || min <= MINUS_INFINITY) {
            throw new ArithmeticException("logits are not finite");
        }
        return max;
    }

    /**
     * Collects the tokens whose logits are at least {@code lowest}, as keys that sort by descending logit, then ascending
     * token, which is their lower half.
     *
     * @return how many
     */
    int atLeast(float lowest, long[] keys) {
        int limit = ordered(Float.floatToRawIntBits(lowest));
        int count = 0;
        for (int block = 0; block < blockMaxima.length; block++) {
            if (blockMaxima[block] >= limit) {
                count = collect(block, limit, keys, count);
            }
        }
        return count;
    }

    private int collect(int block, int limit, long[] keys, int from) {
        int count = from;
        for (int token = block * BLOCK; token < end(block); token++) {
            int ordered = ordered(bits[token]);
            if (ordered >= limit) {
                keys[count++] = (long) ~ordered << 32 | token;
            }
        }
        return count;
    }

    private int end(int block) {
        return Math.min((block + 1) * BLOCK, bits.length);
    }

    /** An integer that compares as the float does of which {@code bits} are. */
    private static int ordered(int bits) {
        return bits ^ bits >> 31 & Integer.MAX_VALUE;
    }

    /**
     * What is to be subtracted from a logit for its token's log-probability: log-sum-exp, the largest logit taken out first.
     *
     * @throws ArithmeticException where a logit is not finite
     */
    float logSumOfExponentials() {
        float max = values[best()];
        weigh(max, 1, weights);
        // Four sums, because the compiler keeps the order of one and would wait for each addition.
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int token = 0;
        for (; token + 4 <= weights.length; token += 4) {
            a += weights[token];
            b += weights[token + 1];
            c += weights[token + 2];
            d += weights[token + 3];
        }
        for (; token < weights.length; token++) {
            a += weights[token];
        }
        return max + (float) Math.log((double) a + b + c + d);
    }

    /** {@code into[t] = weight of t}, that of the largest logit being 1. */
    void weigh(float max, float temperature, float[] into) {
        for (int token = 0; token < into.length; token++) {
            into[token] = exponential((values[token] - max) / temperature);
        }
    }

    /**
     * {@code e^x} for x at most 0, as {@code (e^(x/128))^128} with Taylor's polynomial of degree 8: additions and
     * multiplications alone, so that it is a vector loop and rounds alike everywhere. Relative error below 1e-5 down to
     * x = -20 and 4e-5 down to -87, where it stops falling.
     */
    static float exponential(float x) {
        float t = Math.max(x, -87) * (1f / 128);
        float p = 1f / 40320;
        p = p * t + 1f / 5040;
        p = p * t + 1f / 720;
        p = p * t + 1f / 120;
        p = p * t + 1f / 24;
        p = p * t + 1f / 6;
        p = p * t + 0.5f;
        p = p * t + 1;
        p = p * t + 1;
        p *= p;
        p *= p;
        p *= p;
        p *= p;
        p *= p;
        p *= p;
        return p * p;
    }
}
