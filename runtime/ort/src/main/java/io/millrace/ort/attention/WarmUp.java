package io.millrace.ort.attention;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.LongFunction;

/**
 * Computes attention until it is compiled, on memory of its own: before, a vector is an object, and a task takes some hundred times
 * as long. That is a second or two, which the first clients would wait for; ends soon after the compiler has.
 */
public final class WarmUp {
    /** About twice as many as were computed when the compiler was done. */
    private static final int STEPS = 2000;

    private static final int CHUNKS = 500;
    private static final int CHUNK = 12;
    private static final int POSITIONS = 128;

    private final CachedAttention attention;
    private final AttentionTensors tensors;
    private final Workspace workspace;

    private WarmUp(AttentionShape like, Arena arena) {
        AttentionShape shape = new AttentionShape(
                like.group(), 1, like.width(), POSITIONS, like.scale(), like.softcap(), like.window());
        LongFunction<MemorySegment> floats = count -> arena.allocate(count * Float.BYTES, Long.BYTES);
        int width = shape.width();
        int queries = shape.heads() * width;
        HeadRows query = new HeadRows(floats.apply((long) CHUNK * queries), 0, queries);
        HeadRows key = new HeadRows(floats.apply((long) CHUNK * width), 0, width);
        tensors = new AttentionTensors(
                query,
                key,
                key,
                floats.apply(shape.head(1, 0)),
                floats.apply(shape.head(1, 0)),
                floats.apply((long) POSITIONS * width / 2),
                floats.apply((long) POSITIONS * width / 2),
                query);
        attention = new CachedAttention(shape);
        workspace = new Workspace(shape);
    }

    /** For attention of this shape, whatever its numbers of slots and of heads of keys. */
    public static void run(AttentionShape shape) {
        try (Arena arena = Arena.ofConfined()) {
            WarmUp warmUp = new WarmUp(shape, arena);
            for (int i = 0; i < STEPS; i++) {
                warmUp.compute(1);
            }
            for (int i = 0; i < CHUNKS; i++) {
                warmUp.compute(CHUNK);
            }
        }
    }

    private void compute(int tokens) {
        TokenRun run = new TokenRun(0, 0, tokens, POSITIONS - tokens);
        attention.append(tensors, run, 0, workspace);
        attention.attend(tensors, run, 0, 0, tokens, workspace);
    }
}
