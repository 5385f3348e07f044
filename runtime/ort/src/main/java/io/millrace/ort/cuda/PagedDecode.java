package io.millrace.ort.cuda;

import java.lang.foreign.MemorySegment;

/**
 * Attention of decode steps, by decode.cu. Its launches follow from a step's sizes alone and fit any lengths of its sequences,
 * so that a captured one may be replayed while they grow.
 */
final class PagedDecode implements AutoCloseable {
    private static final String SOURCE = "decode.cu";
    private static final int THREADS = 256;

    /** decode.cu: MOST_SPAN, MOST_SPLITS. */
    private static final int MOST_SPAN = 512;

    private static final int MOST_SPLITS = 64;

    /** Of blocks, over all sequences: so many let the device even out their lengths, more add to what is combined. */
    private static final int MOST_WAVES = 8;

    /** Query heads of a group, by kernel, and how many of its blocks a multiprocessor runs at a time. */
    private static final int FEW_HEADS = 8;

    private static final int RESIDENTS_OF_FEW = 2;
    private static final int MANY_HEADS = 16;

    private final CudaDevice device;
    private final int multiprocessors;
    private final Scratch partials;
    /** Zero between launches, whatever their sizes: so it lies apart from what is overwritten. */
    private final Scratch counters;

    /**
     * @param heads       of queries
     * @param blockTokens of the cache's blocks
     * @param width       blocks of a sequence at most
     */
    record Shape(int batch, int heads, int kvHeads, int headDim, int blockTokens, int width) {
        Shape {
            if (headDim != 64 && headDim != 128) {
                throw new IllegalArgumentException("PagedDecode of heads of " + headDim + ", not 64 or 128");
            }
            if (heads % kvHeads != 0 || heads / kvHeads > MANY_HEADS) {
                throw new IllegalArgumentException("PagedDecode of " + heads + " heads on " + kvHeads
                        + ": they must be a multiple, " + MANY_HEADS + " times as many at most");
            }
        }

        int group() {
            return heads / kvHeads;
        }

        int pairs() {
            return batch * kvHeads;
        }
    }

    /** Addresses of what decode.cu describes. */
    record Operands(
            MemorySegment qkv,
            MemorySegment keys,
            MemorySegment values,
            MemorySegment past,
            MemorySegment table,
            MemorySegment cos,
            MemorySegment sin,
            MemorySegment out) {}

    PagedDecode(CudaDevice device) {
        this.device = device;
        multiprocessors = device.multiprocessors();
        partials = new Scratch(device);
        counters = new Scratch(device);
    }

    void run(Operands operands, Shape shape) {
        boolean few = shape.group() <= FEW_HEADS;
        int residents = multiprocessors * (few ? RESIDENTS_OF_FEW : 1);
        int splits = splits(shape, residents);
        long floats = (long) splits * shape.batch() * shape.heads() * (shape.headDim() + 2);
        device.kernel(SOURCE, "paged_decode_" + shape.headDim() + "_" + (few ? FEW_HEADS : MANY_HEADS))
                .launch(
                        device.stream(),
                        shape.pairs(),
                        splits,
                        THREADS,
                        operands.qkv().address(),
                        operands.keys().address(),
                        operands.values().address(),
                        operands.past().address(),
                        operands.table().address(),
                        operands.cos().address(),
                        operands.sin().address(),
                        partials.atLeast(floats * Float.BYTES).address(),
                        counters.atLeast((long) shape.pairs() * Integer.BYTES).address(),
                        operands.out().address(),
                        shape.kvHeads(),
                        shape.group(),
                        shape.blockTokens(),
                        shape.width(),
                        residents);
    }

    /**
     * Blocks for each sequence and key-value head: as many as let few sequences fill the device and long ones have spans of
     * the usual length.
     */
    static int splits(Shape shape, int residents) {
        int reach = shape.width() * shape.blockTokens();
        int wanted = Math.max(Math.ceilDiv(residents, shape.pairs()), Math.ceilDiv(reach, MOST_SPAN));
        return Math.min(Math.min(wanted, MOST_SPLITS), Math.ceilDiv(MOST_WAVES * residents, shape.pairs()));
    }

    @Override
    public void close() {
        partials.close();
        counters.close();
    }
}
