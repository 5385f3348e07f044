package io.millrace.model.paged;

import io.millrace.api.ModelManifest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Weights drawn from N(0, 0.02²), as fast as memory is copied: a block of them is drawn and encoded once for each format, and
 * every row is a stretch of that block. All formats, and all cuts, are of the same numbers. Vectors are all ones.
 */
final class RandomSource implements TensorSource {
    private static final long SEED = 20_240_105;
    private static final float DEVIATION = 0.02f;

    /** Elements on whose multiples rows begin, so that blocks of up to as many are encoded right. */
    private static final int GRAIN = 128;

    /** A prime, so that rows of a power of two begin at all of the grains before one of them repeats. */
    private static final int GRAINS = 65_521;

    private static final int ELEMENTS = GRAINS * GRAIN;

    private final ModelManifest model;
    private final float[] drawn = new float[ELEMENTS];
    private final float e4m3Scale;
    private final Map<RowEncoder, MemorySegment> encoded = new HashMap<>();

    RandomSource(ModelManifest model) {
        this.model = model;
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < ELEMENTS; i++) {
            drawn[i] = (float) random.nextGaussian() * DEVIATION;
        }
        this.e4m3Scale = E4m3.scale(drawn, 0, ELEMENTS);
    }

    /** Rows in e4m3 all have the scale of the block, so that they, too, need not be encoded one by one. */
    @Override
    public void row(String tensor, int row, Span columns, RowEncoder encoder, MemorySegment to, long at)
            throws IOException {
        if (encoder instanceof E4m3.Scales) {
            to.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, e4m3Scale);
            return;
        }
        long grain = Math.floorMod(tensor.hashCode(), GRAINS) + (long) row * Math.ceilDiv(width(tensor), GRAIN);
        int first = (int) (grain % GRAINS * GRAIN + columns.first()) % ELEMENTS;
        int untilEnd = Math.min(columns.size(), ELEMENTS - first);
        MemorySegment block = encoded.computeIfAbsent(encoder, this::encode);
        long bytes = encoder.bytes(untilEnd);
        MemorySegment.copy(block, encoder.bytes(first), to, at, bytes);
        MemorySegment.copy(block, 0, to, at + bytes, encoder.bytes(columns.size() - untilEnd));
    }

    private MemorySegment encode(RowEncoder encoder) {
        MemorySegment block = Arena.ofAuto().allocate(encoder.bytes(ELEMENTS), Long.BYTES);
        encoder.encode(drawn, 0, ELEMENTS, block, 0);
        return block;
    }

    private int width(String tensor) {
        if (tensor.endsWith("attn_output.weight")) {
            return model.heads() * model.headDim();
        }
        return tensor.endsWith("ffn_down.weight") ? model.ffn() : model.hidden();
    }

    @Override
    public float[] vector(String tensor, int length) {
        float[] ones = new float[length];
        Arrays.fill(ones, 1);
        return ones;
    }
}
