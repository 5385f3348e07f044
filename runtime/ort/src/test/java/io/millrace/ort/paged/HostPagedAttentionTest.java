package io.millrace.ort.paged;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.ort.capi.CustomOperator;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against attention as the formula says it: whole sequences in float arrays, double precision, without cache or blocks. */
class HostPagedAttentionTest {
    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;
    private static final int WIDTH = 8;
    private static final int ROW = (HEADS + 2 * KV_HEADS) * WIDTH;
    private static final int BLOCK_TOKENS = 4;
    private static final int BLOCKS = 9;
    private static final int POSITIONS = 16;
    private static final float TOLERANCE = 1e-5f;

    private final CustomOperator.Kernel kernel = HostPagedAttention.operator()
            .factory()
            .kernel(FakeCall.attributes(Map.of("num_heads", (long) HEADS, "kv_num_heads", (long) KV_HEADS)));
    private final FakeCall call = new FakeCall();

    /** Scattered, in no order; the last entry of the second is never read. */
    private final int[] table = {7, 2, 5, 0, 8, 4};

    HostPagedAttentionTest() {
        // No number: a position that is read before it is written spoils the result.
        float[] unwritten = new float[BLOCKS * BLOCK_TOKENS * KV_HEADS * WIDTH];
        Arrays.fill(unwritten, Float.NaN);
        call.floats(3, unwritten, BLOCKS, BLOCK_TOKENS, KV_HEADS, WIDTH);
        call.floats(4, unwritten, BLOCKS, BLOCK_TOKENS, KV_HEADS, WIDTH);
        float[] cos = new float[POSITIONS * WIDTH / 2];
        float[] sin = new float[cos.length];
        for (int i = 0; i < cos.length; i++) {
            double angle = angle(i / (WIDTH / 2), i % (WIDTH / 2));
            cos[i] = (float) Math.cos(angle);
            sin[i] = (float) Math.sin(angle);
        }
        call.floats(8, cos, POSITIONS, WIDTH / 2).floats(9, sin, POSITIONS, WIDTH / 2);
    }

    private static double angle(int position, int pair) {
        return position * Math.pow(10, -2.0 * pair / WIDTH);
    }

    /** Rows of queries, keys and values, one a position. */
    private static float[] rows(int count, long seed) {
        Random random = new Random(seed);
        float[] rows = new float[count * ROW];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) random.nextGaussian();
        }
        return rows;
    }

    private float[] run(float[] rows, int[] cumulative, int[] past, int[] table) {
        int sequences = past.length;
        int longest = 0;
        for (int i = 0; i < sequences; i++) {
            longest = Math.max(longest, past[i] + cumulative[i + 1] - cumulative[i]);
        }
        call.floats(0, rows, rows.length / ROW, ROW)
                .ints(5, cumulative, sequences + 1)
                .ints(6, past, sequences)
                .ints(7, table, sequences, table.length / sequences)
                .ints(16, new int[] {longest, longest}, 2);
        kernel.compute(call);
        return call.result();
    }

    /** Of the rows of one whole sequence. */
    private static float[] expected(float[] rows) {
        int count = rows.length / ROW;
        float[] out = new float[count * HEADS * WIDTH];
        for (int query = 0; query < count; query++) {
            for (int head = 0; head < HEADS; head++) {
                double[] weights = new double[query + 1];
                int kvHead = HEADS + head * KV_HEADS / HEADS;
                for (int key = 0; key <= query; key++) {
                    double dot = 0;
                    for (int i = 0; i < WIDTH; i++) {
                        dot += rotated(rows, query, head, i) * rotated(rows, key, kvHead, i);
                    }
                    weights[key] = Math.exp(dot / Math.sqrt(WIDTH));
                }
                double total = Arrays.stream(weights).sum();
                for (int i = 0; i < WIDTH; i++) {
                    double sum = 0;
                    for (int key = 0; key <= query; key++) {
                        sum += weights[key] / total * rows[key * ROW + (kvHead + KV_HEADS) * WIDTH + i];
                    }
                    out[(query * HEADS + head) * WIDTH + i] = (float) sum;
                }
            }
        }
        return out;
    }

    /** As a complex number of which the first half of a head holds the real parts. */
    private static double rotated(float[] rows, int position, int head, int i) {
        int half = WIDTH / 2;
        double angle = angle(position, i % half);
        double real = rows[position * ROW + head * WIDTH + i % half];
        double imaginary = rows[position * ROW + head * WIDTH + i % half + half];
        return i < half
                ? real * Math.cos(angle) - imaginary * Math.sin(angle)
                : imaginary * Math.cos(angle) + real * Math.sin(angle);
    }

    private static float[] join(float[] first, float[] second) {
        float[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }

    private static float[] part(float[] rows, int from, int to, int row) {
        return Arrays.copyOfRange(rows, from * row, to * row);
    }

    @Test
    void aPromptAttendsToItselfOnlyBackwards() {
        float[] rows = rows(9, 1);
        assertArrayEquals(expected(rows), run(rows, new int[] {0, 9}, new int[] {0}, part(3)), TOLERANCE);
        float[] changed = rows.clone();
        changed[8 * ROW] += 1;
        float[] after = run(changed, new int[] {0, 9}, new int[] {0}, part(3));
        assertArrayEquals(part(expected(rows), 0, 8, HEADS * WIDTH), part(after, 0, 8, HEADS * WIDTH), TOLERANCE);
    }

    private int[] part(int blocks) {
        return Arrays.copyOf(table, blocks);
    }

    @Test
    void sequencesInScatteredBlocksDoNotSeeEachOther() {
        float[] first = rows(11, 2);
        float[] second = rows(6, 3);
        float[] out = run(join(first, second), new int[] {0, 11, 17}, new int[] {0, 0}, table);
        assertArrayEquals(join(expected(first), expected(second)), out, TOLERANCE);
    }

    @Test
    void aChunkAndADecodedTokenAttendToThePastInTheCache() {
        float[] first = rows(11, 4);
        float[] second = rows(6, 5);
        int out = HEADS * WIDTH;
        run(join(part(first, 0, 3, ROW), part(second, 0, 5, ROW)), new int[] {0, 3, 8}, new int[] {0, 0}, table);
        float[] rest = run(
                join(part(second, 5, 6, ROW), part(first, 3, 11, ROW)),
                new int[] {0, 1, 9},
                new int[] {5, 3},
                new int[] {0, 8, 4, 7, 2, 5});
        float[] expected = join(part(expected(second), 5, 6, out), part(expected(first), 3, 11, out));
        assertEquals(expected.length, rest.length);
        assertArrayEquals(expected, rest, TOLERANCE);
    }
}
