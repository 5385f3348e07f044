package io.millrace.ort;

import java.util.Arrays;

/** Unnormalized probabilities of tokens and draws from them. Holds scratch memory; owned by one thread. */
final class TokenWeights {
    /** Tokens whose sum is kept, so that a draw searches sums first. */
    private static final int BLOCK = 256;

    /** How far below the largest, in units of temperature, the logits of the first candidates may lie; then twice as far. */
    private static final float FIRST_DEPTH = 4;

    private static final float ALL = 1024;

    private final float[] weights;
    private final float[] blockSums;
    private final long[] candidates;

    TokenWeights(int vocabulary) {
        weights = new float[vocabulary];
        blockSums = new float[Math.ceilDiv(vocabulary, BLOCK)];
        candidates = new long[vocabulary];
    }

    /**
     * Draws from all tokens.
     *
     * @param draw in [0, 1)
     */
    int drawFromAll(LogitRow logits, float max, float temperature, double draw) {
        logits.weigh(max, temperature, weights);
        double left = draw * sum();
        int block = 0;
        while (block < blockSums.length - 1 && left >= blockSums[block]) {
            left -= blockSums[block++];
        }
        int end = end(block);
        int token = block * BLOCK;
        while (token < end - 1 && left >= weights[token]) {
            left -= weights[token++];
        }
        return token;
    }

    /**
     * Draws from the likeliest tokens.
     *
     * @param topK 0 keeps all
     * @param topP keeps the fewest that have this share of what top-k kept
     * @param minP keeps those at least this share as likely as the likeliest
     * @param draw in [0, 1)
     */
    int drawFromTop(LogitRow logits, float max, float temperature, int topK, float topP, float minP, double draw) {
        logits.weigh(max, temperature, weights);
        double all = topK == 0 ? sum() : 0;
        int count = candidates(logits, max, temperature, topK, topP * all, minP);
        Arrays.sort(candidates, 0, count);
        int kept = topK == 0 ? count : Math.min(topK, count);
        double mass = topP * (topK == 0 ? all : mass(kept));
        double reached = 0;
        int last = 0;
        while (last == 0 || last < kept && reached < mass && weight(last) >= minP) {
            reached += weight(last++);
        }
        double left = draw * reached - weight(0);
        int chosen = 0;
        while (chosen < last - 1 && left >= 0) {
            left -= weight(++chosen);
        }
        return (int) candidates[chosen];
    }

    /** Collects, unsorted, at least those tokens that top-k, or else top-p or min-p, can keep. */
    private int candidates(LogitRow logits, float max, float temperature, int topK, double mass, float minP) {
        for (float depth = FIRST_DEPTH; ; depth *= 2) {
            float lowest = depth < ALL ? max - depth * temperature : -Float.MAX_VALUE;
            int count = logits.atLeast(lowest, candidates);
            boolean enough = topK > 0 ? count >= topK : mass(count) >= mass;
            boolean belowMinP = minP > 0 && LogitRow.exponential(-depth) < minP;
            if (enough || belowMinP || depth >= ALL) {
                return count;
            }
        }
    }

    private double weight(int candidate) {
        return weights[(int) candidates[candidate]];
    }

    private double mass(int count) {
        double mass = 0;
        for (int i = 0; i < count; i++) {
            mass += weight(i);
        }
        return mass;
    }

    private double sum() {
        double total = 0;
        for (int block = 0; block < blockSums.length; block++) {
            blockSums[block] = sum(block * BLOCK, end(block));
            total += blockSums[block];
        }
        return total;
    }

    /** In four sums, which do not wait for each other. */
    private float sum(int from, int to) {
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int i = from;
        for (; i + 3 < to; i += 4) {
            a += weights[i];
            b += weights[i + 1];
            c += weights[i + 2];
            d += weights[i + 3];
        }
        for (; i < to; i++) {
            a += weights[i];
        }
        return a + b + (c + d);
    }

    private int end(int block) {
        return Math.min((block + 1) * BLOCK, weights.length);
    }
}
