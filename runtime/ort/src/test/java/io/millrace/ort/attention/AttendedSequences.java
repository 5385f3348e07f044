package io.millrace.ort.attention;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Sequences of random queries, keys and values, one a slot: what {@link CachedAttention} makes of them, and what the formula does. */
final class AttendedSequences {
    private static final double ROPE_BASE = 10000;

    private final AttentionShape shape;
    private final int row;
    private final int out;

    /** By sequence, its tokens' packed rows. */
    private final float[][] sequences;

    private final MemorySegment cosines;
    private final MemorySegment sines;

    AttendedSequences(AttentionShape shape, long seed, int... lengths) {
        this.shape = shape;
        this.row = (shape.heads() + 2 * shape.kvHeads()) * shape.width();
        this.out = shape.heads() * shape.width();
        this.sequences = new float[lengths.length][];
        for (int i = 0; i < lengths.length; i++) {
            Random random = new Random(seed + i);
            sequences[i] = new float[lengths[i] * row];
            for (int j = 0; j < sequences[i].length; j++) {
                sequences[i][j] = (float) random.nextGaussian();
            }
        }
        int half = shape.width() / 2;
        cosines = numbers(shape.capacity() * half);
        sines = numbers(shape.capacity() * half);
        for (int i = 0; i < shape.capacity() * half; i++) {
            cosines.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) Math.cos(angle(i / half, i % half)));
            sines.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) Math.sin(angle(i / half, i % half)));
        }
    }

    /** Tokens of a sequence in a step. */
    record Part(int sequence, int slot, int tokens) {}

    private double angle(int position, int pair) {
        return position * Math.pow(ROPE_BASE, -2.0 * pair / shape.width());
    }

    /** No number where nothing was written: whoever reads it spoils the result. */
    private static MemorySegment numbers(long count) {
        MemorySegment memory = Arena.ofAuto().allocate(count * Float.BYTES, Long.BYTES);
        for (long i = 0; i < count; i++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, Float.NaN);
        }
        return memory;
    }

    /** Step by step, over an empty cache; returns each sequence's attended heads. */
    float[][] attend(List<List<Part>> steps) {
        int slots = 1
                + steps.stream()
                        .flatMap(List::stream)
                        .mapToInt(Part::slot)
                        .max()
                        .orElseThrow();
        MemorySegment keys = numbers(shape.head(slots, 0));
        MemorySegment values = numbers(shape.head(slots, 0));
        int[] past = new int[sequences.length];
        float[][] attended = new float[sequences.length][0];
        for (List<Part> step : steps) {
            attend(step, keys, values, past, attended);
        }
        return attended;
    }

    private void attend(List<Part> step, MemorySegment keys, MemorySegment values, int[] past, float[][] attended) {
        int tokens = step.stream().mapToInt(Part::tokens).sum();
        MemorySegment qkv = numbers((long) tokens * row);
        MemorySegment result = numbers((long) tokens * out);
        HeadRows heads = new HeadRows(qkv, 0, row);
        HeadRows keyHeads = new HeadRows(qkv, shape.heads() * shape.width(), row);
        HeadRows valueHeads = new HeadRows(qkv, (shape.heads() + shape.kvHeads()) * shape.width(), row);
        AttentionTensors tensors = new AttentionTensors(
                heads, keyHeads, valueHeads, keys, values, cosines, sines, new HeadRows(result, 0, out));
        int first = 0;
        for (Part part : step) {
            int from = past[part.sequence] * row;
            MemorySegment.copy(
                    sequences[part.sequence],
                    from,
                    qkv,
                    ValueLayout.JAVA_FLOAT,
                    (long) first * row * Float.BYTES,
                    part.tokens * row);
            compute(tensors, new TokenRun(part.slot, first, part.tokens, past[part.sequence]));
            past[part.sequence] += part.tokens;
            float[] heard = result.asSlice((long) first * out * Float.BYTES, (long) part.tokens * out * Float.BYTES)
                    .toArray(ValueLayout.JAVA_FLOAT);
            attended[part.sequence] = join(attended[part.sequence], heard);
            first += part.tokens;
        }
    }

    /** A chunk's halves apart and the later one first: they are tasks of their own. */
    private void compute(AttentionTensors tensors, TokenRun run) {
        CachedAttention attention = new CachedAttention(shape);
        Workspace workspace = new Workspace(shape);
        int half = run.tokens() / 2;
        for (int head = shape.kvHeads() - 1; head >= 0; head--) {
            attention.append(tensors, run, head, workspace);
            attention.attend(tensors, run, head, half, run.tokens(), workspace);
            attention.attend(tensors, run, head, 0, half, workspace);
        }
    }

    private static float[] join(float[] first, float[] second) {
        float[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }

    /** As the formula says it, in double precision, for one sequence. */
    float[] expected(int sequence) {
        float[] rows = sequences[sequence];
        float[] result = new float[rows.length / row * out];
        for (int query = 0; query < rows.length / row; query++) {
            for (int head = 0; head < shape.heads(); head++) {
                double[] weights = weights(rows, query, head);
                double total = Arrays.stream(weights).sum();
                int value = (shape.heads() + shape.kvHeads() + keyHead(head)) * shape.width();
                for (int i = 0; i < shape.width(); i++) {
                    double sum = 0;
                    for (int key = 0; key <= query; key++) {
                        sum += weights[key] / total * rows[key * row + value + i];
                    }
                    result[query * out + head * shape.width() + i] = (float) sum;
                }
            }
        }
        return result;
    }

    private int keyHead(int head) {
        return head * shape.kvHeads() / shape.heads();
    }

    private double[] weights(float[] rows, int query, int head) {
        double[] weights = new double[query + 1];
        double[] turned = turned(rows, query, head);
        for (int key = 0; key <= query; key++) {
            double[] other = turned(rows, key, shape.heads() + keyHead(head));
            double score = 0;
            for (int i = 0; i < shape.width(); i++) {
                score += turned[i] * other[i];
            }
            score *= shape.scale();
            if (shape.softcap() != 0) {
                score = shape.softcap() * Math.tanh(score / shape.softcap());
            }
            boolean seen = shape.window() == 0 || query - key < shape.window();
            weights[key] = seen ? Math.exp(score) : 0;
        }
        return weights;
    }

    /** As complex numbers, of which the first half of a head holds the real parts. */
    private double[] turned(float[] rows, int position, int head) {
        int half = shape.width() / 2;
        int at = position * row + head * shape.width();
        double[] turned = new double[shape.width()];
        for (int i = 0; i < half; i++) {
            double angle = angle(position, i);
            turned[i] = rows[at + i] * Math.cos(angle) - rows[at + half + i] * Math.sin(angle);
            turned[half + i] = rows[at + half + i] * Math.cos(angle) + rows[at + i] * Math.sin(angle);
        }
        return turned;
    }
}
