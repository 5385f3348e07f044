package io.millrace.ort.attention;

/** What a thread needs to compute attention of one shape. Owned by one thread at a time. */
public final class Workspace {
    /** Elements that a product writes at once, at most. */
    private static final int PRODUCT = TileProducts.WIDE * KeyBlocks.POSITIONS;

    final float[] key;
    final float[] queries;
    final float[] scores;
    final float[] sums = new float[TileProducts.HIGH];
    final float[] results;
    final int resultStride;
    final Softmax softmax = new Softmax();

    public Workspace(AttentionShape shape) {
        key = new float[shape.width()];
        queries = new float[TileProducts.HIGH * shape.width()];
        scores = new float[TileProducts.HIGH * stride(shape.capacity())];
        resultStride = stride(shape.width());
        results = new float[TileProducts.HIGH * resultStride];
    }

    /** From one row to the next of rows of so many elements, made of whole products. */
    static int stride(int elements) {
        return Math.ceilDiv(elements, PRODUCT) * PRODUCT + KeyBlocks.POSITIONS;
    }
}
