package io.millrace.ort;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.SamplingParams;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final int VOCABULARY = 1500;
    private static final int[] NONE = {};

    private final Sampler sampler = new Sampler(VOCABULARY);
    private final LogitRow row = new LogitRow(VOCABULARY);

    @Test
    void greedyTakesTheLowestOfTokensThatTie() {
        float[] logits = flat(-2);
        logits[700] = 5;
        logits[1400] = 5;
        logits[699] = 4.9999995f;
        assertEquals(700, draw(logits, SamplingParams.GREEDY, 0));
        assertEquals(0, draw(flat(-3), SamplingParams.GREEDY, 0));
        assertEquals(0, draw(flat(0), SamplingParams.GREEDY, 0));
    }

    @Test
    void drawsFollowTheProbabilities() {
        float[] logits = flat(-1000);
        logits[3] = (float) Math.log(0.5);
        logits[400] = (float) Math.log(0.3);
        logits[1499] = (float) Math.log(0.2);
        double[] share = shares(logits, params(1, 0, 1, 0));
        assertEquals(0.5, share[3], 0.015);
        assertEquals(0.3, share[400], 0.015);
        assertEquals(0.2, share[1499], 0.015);
    }

    @Test
    void allPathsDrawAlikeWhereNothingIsCut() {
        float[] logits = random(3);
        double[] all = shares(logits, params(1.3f, 0, 1, 0));
        double[] topK = shares(logits, params(1.3f, VOCABULARY, 1, 0));
        double[] minP = shares(logits, params(1.3f, 0, 1, 1e-12f));
        for (int i = 0; i < VOCABULARY; i++) {
            assertEquals(all[i], topK[i], 0.02);
            assertEquals(all[i], minP[i], 0.02);
        }
    }

    @Test
    void temperatureSharpensAndFlattens() {
        float[] logits = flat(-1000);
        logits[1] = 1;
        logits[2] = 0;
        assertEquals(1 / (1 + Math.exp(-2)), shares(logits, params(0.5f, 0, 1, 0))[1], 0.015);
        assertEquals(1 / (1 + Math.exp(-0.5)), shares(logits, params(2, 0, 1, 0))[1], 0.015);
        assertEquals(1, draw(logits, params(1e-30f, 0, 1, 0), 0));
        assertEquals(1, draw(logits, params(Float.MIN_VALUE, 5, 0.5f, 0.5f), 0));
    }

    @Test
    void topKKeepsTheLikeliest() {
        float[] logits = random(4);
        Integer[] order = order(logits);
        double[] share = shares(logits, params(5, 3, 1, 0));
        assertEquals(1, share[order[0]] + share[order[1]] + share[order[2]], 1e-12);
        assertTrue(share[order[2]] > 0.1);
        assertEquals(1, shares(logits, params(9, 1, 1, 0))[order[0]]);
    }

    @Test
    void topPKeepsTheFewestThatReachIt() {
        float[] logits = flat(-1000);
        logits[10] = (float) Math.log(0.5);
        logits[20] = (float) Math.log(0.3);
        logits[30] = (float) Math.log(0.2);
        double[] share = shares(logits, params(1, 0, 0.6f, 0));
        assertEquals(0.625, share[10], 0.015);
        assertEquals(0, share[30]);
        assertEquals(1, shares(logits, params(1, 0, 0.4f, 0))[10]);
        assertEquals(1, shares(logits, params(1, 0, 1e-9f, 0))[10]);
    }

    @Test
    void topPCountsInWhatTopKKept() {
        float[] logits = flat(-1000);
        logits[10] = (float) Math.log(0.4);
        logits[20] = (float) Math.log(0.3);
        logits[30] = (float) Math.log(0.3);
        double[] share = shares(logits, params(1, 2, 0.55f, 0));
        assertEquals(1, share[10], "0.4 of 0.7 reaches 0.55");
    }

    @Test
    void minPDropsWhatIsFarBelowTheLikeliest() {
        float[] logits = flat(-1000);
        logits[10] = (float) Math.log(0.5);
        logits[20] = (float) Math.log(0.3);
        logits[30] = (float) Math.log(0.2);
        double[] share = shares(logits, params(1, 0, 1, 0.5f));
        assertEquals(0.625, share[10], 0.015);
        assertEquals(0.375, share[20], 0.015);
        assertEquals(1, shares(logits, params(1, 0, 1, 1))[10]);
    }

    @Test
    void aFlatDistributionIsCutByIdLast() {
        double[] share = shares(flat(0), params(1, 10, 1, 0));
        for (int i = 0; i < 10; i++) {
            assertEquals(0.1, share[i], 0.015);
        }
        assertEquals(0, share[10]);
    }

    @Test
    void aDrawDependsOnSeedAndPositionAlone() {
        float[] logits = random(5);
        SamplingParams params = params(2, 0, 0.95f, 0);
        int[] first = new int[50];
        int[] again = new int[50];
        int[] other = new int[50];
        for (int i = 0; i < 50; i++) {
            first[i] = draw(logits, params, i);
        }
        for (int i = 49; i >= 0; i--) {
            again[i] = draw(logits, params, i);
            other[i] = draw(logits, params.withSeed(43), i);
        }
        assertTrue(Arrays.equals(first, again));
        assertNotEquals(Arrays.toString(first), Arrays.toString(other));
    }

    @Test
    void repetitionPenaltyCountsPromptAndOutput() {
        float[] logits = flat(-5);
        logits[1] = 4;
        logits[2] = 3;
        logits[3] = 2.5f;
        SamplingParams params = new SamplingParams(0, 0, 1, 0, 2, 0, 0, 0);
        assertEquals(1, draw(logits, params, new int[] {9}, 1));
        assertEquals(2, draw(logits, params, new int[] {1, 1, 1}, 3));
        assertEquals(3, draw(logits, params, new int[] {1, 2}, 1));
        assertEquals(1, draw(logits, params, NONE, 0), "nothing is left of the calls before");
    }

    @Test
    void repetitionPenaltyLowersNegativeLogitsToo() {
        float[] logits = flat(-5);
        logits[1] = -1;
        logits[2] = -1.5f;
        assertEquals(2, draw(logits, new SamplingParams(0, 0, 1, 0, 2, 0, 0, 0), new int[] {1}, 1));
    }

    @Test
    void presenceAndFrequencyCountOutputAlone() {
        float[] logits = flat(-5);
        logits[1] = 4;
        logits[2] = 3;
        SamplingParams presence = new SamplingParams(0, 0, 1, 0, 1, 1.5f, 0, 0);
        assertEquals(1, draw(logits, presence, new int[] {1, 1}, 2));
        assertEquals(2, draw(logits, presence, new int[] {1, 1}, 1));
        SamplingParams frequency = new SamplingParams(0, 0, 1, 0, 1, 0, 0.4f, 0);
        assertEquals(1, draw(logits, frequency, new int[] {1, 1, 1}, 1));
        assertEquals(2, draw(logits, frequency, new int[] {1, 1, 1}, 0));
    }

    @Test
    void logitsThatAreNotFiniteAreNoToken() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -Float.NaN}) {
            float[] logits = random(6);
            logits[1234] = bad;
            assertThrows(ArithmeticException.class, () -> draw(logits, SamplingParams.GREEDY, 0), "" + bad);
        }
        float[] negativeNaN = random(6);
        negativeNaN[1] = Float.intBitsToFloat(0xffc00001);
        assertThrows(ArithmeticException.class, () -> draw(negativeNaN, SamplingParams.GREEDY, 0));
    }

    @Test
    void theExponentialIsExactEnough() {
        for (double x = 0; x > -20; x -= 0.01) {
            assertEquals(1, LogitRow.exponential((float) x) / Math.exp((float) x), 2e-5, "at " + x);
        }
        assertTrue(LogitRow.exponential(Float.NEGATIVE_INFINITY) < 1e-37);
    }

    private int draw(float[] logits, SamplingParams params, int position) {
        load(logits);
        return sampler.draw(row, params, NONE, 0, position);
    }

    private int draw(float[] logits, SamplingParams params, int[] history, int promptLength) {
        load(logits);
        return sampler.draw(row, params, history, promptLength, 0);
    }

    private void load(float[] logits) {
        ByteBuffer bytes = ByteBuffer.allocate(VOCABULARY * Float.BYTES).order(ByteOrder.nativeOrder());
        bytes.asFloatBuffer().put(logits);
        row.read(bytes.asFloatBuffer(), bytes.asIntBuffer(), 0);
    }

    private double[] shares(float[] logits, SamplingParams params) {
        int draws = 10_000;
        int[] counts = new int[VOCABULARY];
        for (int i = 0; i < draws; i++) {
            counts[draw(logits, params, i)]++;
        }
        return Arrays.stream(counts)
                .mapToDouble(count -> (double) count / draws)
                .toArray();
    }

    private static SamplingParams params(float temperature, int topK, float topP, float minP) {
        return new SamplingParams(temperature, topK, topP, minP, 1, 0, 0, 42);
    }

    private static float[] flat(float value) {
        float[] logits = new float[VOCABULARY];
        Arrays.fill(logits, value);
        return logits;
    }

    private static float[] random(long seed) {
        Random random = new Random(seed);
        float[] logits = new float[VOCABULARY];
        for (int i = 0; i < VOCABULARY; i++) {
            logits[i] = (float) (random.nextGaussian() * 3);
        }
        return logits;
    }

    private static Integer[] order(float[] logits) {
        Integer[] order = new Integer[logits.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Float.compare(logits[b], logits[a]));
        return order;
    }
}
