package io.millrace.ort.attention;

import java.lang.foreign.MemorySegment;

/**
 * Grouped-query attention with rotary embedding over a cache, in tasks that may run on any threads: first the appends of a run,
 * then what attends to them. Tasks of different runs, and of different heads, have nothing to do with each other.
 */
public final class CachedAttention {
    /** x86 has fused multiply-add from AVX2 on; without, the JDK computes it in software. */
    private static final int FAST_LANES = 8;

    private final AttentionShape shape;

    /** Makes scores exponents of 2, or what their cap is the cap of. */
    private final float queryScale;

    public CachedAttention(AttentionShape shape) {
        this.shape = shape;
        this.queryScale =
                (float) (shape.softcap() == 0 ? shape.scale() / Math.log(2) : shape.scale() / shape.softcap());
    }

    /** Whether this JVM has the module and this machine vectors of 8 floats at least, with products that are added unrounded. */
    public static boolean isFast() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() && VectorLanes.COUNT >= FAST_LANES;
    }

    /** Writes keys and values of a run's tokens to the cache, for one head of theirs. */
    public void append(AttentionTensors tensors, TokenRun run, int kvHead, Workspace workspace) {
        int width = shape.width();
        long head = shape.head(run.slot(), kvHead);
        for (int i = 0; i < run.tokens(); i++) {
            int token = run.first() + i;
            int position = run.past() + i;
            turn(tensors, tensors.key(), token, kvHead, position, 1, workspace.key, 0);
            KeyBlocks.put(tensors.keys(), head, position, workspace.key, width);
            HeadRows value = tensors.value();
            MemorySegment.copy(
                    value.memory(),
                    value.at(token, kvHead, width),
                    tensors.values(),
                    (head + (long) position * width) * Float.BYTES,
                    (long) width * Float.BYTES);
        }
    }

    /**
     * Computes the tokens {@code [from, to)} of a run, for all query heads that share one of keys. The run's keys and values are in
     * the cache.
     */
    public void attend(AttentionTensors tensors, TokenRun run, int kvHead, int from, int to, Workspace workspace) {
        int end = to * shape.group();
        for (int row = from * shape.group(); row < end; row += TileProducts.HIGH) {
            int count = Math.min(TileProducts.HIGH, end - row);
            for (int i = 0; i < count; i++) {
                turnQuery(tensors, run, row + i, kvHead, workspace.queries, i * shape.width());
            }
            new QueryTile(shape, tensors, run, kvHead, row, count, workspace).compute();
        }
    }

    private void turnQuery(AttentionTensors tensors, TokenRun run, int row, int kvHead, float[] to, int at) {
        int token = row / shape.group();
        int head = kvHead * shape.group() + row % shape.group();
        turn(tensors, tensors.query(), run.first() + token, head, run.past() + token, queryScale, to, at);
    }

    private void turn(
            AttentionTensors tensors,
            HeadRows rows,
            int token,
            int head,
            int position,
            float scale,
            float[] to,
            int at) {
        long angles = (long) position * (shape.width() / 2) * Float.BYTES;
        Rotary.turn(
                rows.memory(),
                rows.at(token, head, shape.width()),
                tensors.cosines(),
                tensors.sines(),
                angles,
                shape.width(),
                scale,
                to,
                at);
    }
}
