package io.millrace.ort.attention;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * A few query rows that one head of keys and values is read for together: the query heads that share it, token after token. Owned
 * by one thread.
 */
final class QueryTile {
    private final AttentionShape shape;
    private final AttentionTensors tensors;
    private final TokenRun run;
    private final int kvHead;
    private final int row;
    private final int count;
    private final Workspace workspace;
    private final long head;
    private final int start;
    private final int end;
    private final int stride;

    /**
     * @param row   of the run's, counted in query heads of this head of keys
     * @param count of rows, {@link TileProducts#HIGH} at most
     */
    QueryTile(
            AttentionShape shape,
            AttentionTensors tensors,
            TokenRun run,
            int kvHead,
            int row,
            int count,
            Workspace workspace) {
        this.shape = shape;
        this.tensors = tensors;
        this.run = run;
        this.kvHead = kvHead;
        this.row = row;
        this.count = count;
        this.workspace = workspace;
        this.head = shape.head(run.slot(), kvHead);
        this.start = shape.firstRead(position(0));
        this.end = position(count - 1) + 1;
        this.stride = Workspace.stride(end - start);
    }

    /** From the turned queries in the workspace to the attended heads. */
    void compute() {
        boolean low = count <= TileProducts.LOW;
        int vectors = low ? TileProducts.WIDE : TileProducts.NARROW;
        for (int position = start; position < end; position += vectors * VectorLanes.COUNT) {
            if (low) {
                lowScores(position);
            } else {
                highScores(position);
            }
        }
        for (int i = 0; i < count; i++) {
            raise(i);
        }
        for (int i = 0; i < shape.width(); i += vectors * VectorLanes.COUNT) {
            if (low) {
                lowResults(i);
            } else {
                highResults(i);
            }
        }
        for (int i = 0; i < count; i++) {
            write(i);
        }
    }

    private void lowScores(int position) {
        TileProducts.low(
                workspace.queries,
                0,
                shape.width(),
                tensors.keys(),
                keys(position, 0),
                keys(position, 1),
                keys(position, 2),
                keys(position, 3),
                KeyBlocks.POSITIONS * Float.BYTES,
                shape.width(),
                workspace.scores,
                position - start,
                stride);
    }

    private void highScores(int position) {
        TileProducts.high(
                workspace.queries,
                0,
                shape.width(),
                tensors.keys(),
                keys(position, 0),
                keys(position, 1),
                KeyBlocks.POSITIONS * Float.BYTES,
                shape.width(),
                workspace.scores,
                position - start,
                stride);
    }

    /** Byte offset of a vector of keys; of one before it where all of its positions lie behind the end: their scores are dropped. */
    private long keys(int position, int vector) {
        int last = (end - 1) / VectorLanes.COUNT * VectorLanes.COUNT;
        return KeyBlocks.at(head, Math.min(position + vector * VectorLanes.COUNT, last), shape.width());
    }

    private void lowResults(int i) {
        TileProducts.low(
                workspace.scores,
                0,
                stride,
                tensors.values(),
                values(i, 0),
                values(i, 1),
                values(i, 2),
                values(i, 3),
                shape.width() * Float.BYTES,
                end - start,
                workspace.results,
                i,
                workspace.resultStride);
    }

    private void highResults(int i) {
        TileProducts.high(
                workspace.scores,
                0,
                stride,
                tensors.values(),
                values(i, 0),
                values(i, 1),
                shape.width() * Float.BYTES,
                end - start,
                workspace.results,
                i,
                workspace.resultStride);
    }

    /** Byte offset of a vector of the first position's value; of one before it behind the head's width. */
    private long values(int i, int vector) {
        int at = Math.min(i + vector * VectorLanes.COUNT, shape.width() - VectorLanes.COUNT);
        return (head + (long) start * shape.width() + at) * Float.BYTES;
    }

    private void raise(int i) {
        int at = i * stride;
        int begin = at + shape.first(position(i)) - start;
        int behind = at + position(i) + 1 - start;
        if (shape.softcap() != 0) {
            Softmax.cap(workspace.scores, at, behind, (float) (shape.softcap() / Math.log(2)));
        }
        workspace.sums[i] = workspace.softmax.exponentials(workspace.scores, begin, behind, at, at + end - start);
    }

    private void write(int i) {
        int width = shape.width();
        int queryHead = kvHead * shape.group() + (row + i) % shape.group();
        long at = tensors.attended().at(run.first() + (row + i) / shape.group(), queryHead, width);
        MemorySegment attended = tensors.attended().memory();
        float factor = 1 / workspace.sums[i];
        for (int j = 0; j < width; j += VectorLanes.COUNT) {
            FloatVector result = VectorLanes.load(workspace.results, i * workspace.resultStride + j);
            VectorLanes.store(result.mul(factor), attended, at + (long) j * Float.BYTES);
        }
    }

    private int position(int i) {
        return run.past() + (row + i) / shape.group();
    }
}
