package io.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.engine.StepPlan.Slice;
import java.util.Arrays;

/**
 * One shard's KV cache, kept twice: in rows by slot and in blocks. A cell remembers which sequence wrote which token
 * to it, and every position that a step reads must have been written by the sequence that reads it.
 */
final class FakeStage {
    private static final long NOBODY = -1;
    private static final long GARBAGE = -2;

    private final int blockTokens;
    private final long[][] rowOwner;
    private final int[][] rowToken;
    private final long[] blockOwner;
    private final int[] blockToken;
    /** By slot, what the step before drew: all that a runner needs to keep for {@link StepPlan#PENDING}. */
    private int[] drawnBefore;

    FakeStage(int slots, int contextTokens, int blocks, int blockTokens) {
        this.blockTokens = blockTokens;
        rowOwner = new long[slots][contextTokens];
        rowToken = new int[slots][contextTokens];
        for (long[] owners : rowOwner) {
            Arrays.fill(owners, NOBODY);
        }
        blockOwner = new long[blocks * blockTokens];
        Arrays.fill(blockOwner, NOBODY);
        blockToken = new int[blocks * blockTokens];
        drawnBefore = new int[slots];
    }

    /** One token per slice that samples. */
    int[] run(StepPlan plan) {
        int[] drawn = new int[drawnBefore.length];
        Arrays.fill(drawn, Integer.MIN_VALUE);
        int[] result = new int[plan.slices().size()];
        int results = 0;
        for (Slice slice : plan.slices()) {
            readBefore(slice);
            for (int i = 0; i < slice.tokens().length; i++) {
                int token = slice.tokens()[i];
                write(slice, slice.start() + i, token == StepPlan.PENDING ? drawnBefore[slice.slot()] : token);
            }
            if (slice.samples()) {
                checkHistory(slice);
                int token = FakeModel.next(slice.sampling().seed(), rowToken[slice.slot()], slice.end());
                drawn[slice.slot()] = token;
                result[results++] = token;
            }
        }
        drawnBefore = drawn;
        return Arrays.copyOf(result, results);
    }

    /** A step that fails, or whose result nobody will use: it may write anything where it was to write. */
    void spoil(StepPlan plan) {
        for (Slice slice : plan.slices()) {
            for (int position = slice.start(); position < slice.end(); position++) {
                write(slice, position, -99);
                rowOwner[slice.slot()][position] = GARBAGE;
                blockOwner[cell(slice, position)] = GARBAGE;
            }
        }
        Arrays.fill(drawnBefore, Integer.MIN_VALUE);
    }

    private void readBefore(Slice slice) {
        assertEquals(Math.ceilDiv(slice.end(), blockTokens), slice.blocks().length, "blocks of the slice");
        for (int position = 0; position < slice.start(); position++) {
            int cell = cell(slice, position);
            assertEquals(slice.sequence(), rowOwner[slice.slot()][position], "owner of a position in the row");
            assertEquals(slice.sequence(), blockOwner[cell], "owner of a position in a block");
            assertEquals(rowToken[slice.slot()][position], blockToken[cell], "token in row and block");
        }
    }

    private void write(Slice slice, int position, int token) {
        rowOwner[slice.slot()][position] = slice.sequence();
        rowToken[slice.slot()][position] = token;
        blockOwner[cell(slice, position)] = slice.sequence();
        blockToken[cell(slice, position)] = token;
    }

    private int cell(Slice slice, int position) {
        return slice.blocks()[position / blockTokens] * blockTokens + position % blockTokens;
    }

    private void checkHistory(Slice slice) {
        if (!slice.sampling().needsHistory()) {
            assertEquals(0, slice.history().length, "history that nobody needs");
            return;
        }
        int known = slice.end() - (slice.tokens()[0] == StepPlan.PENDING ? 1 : 0);
        assertEquals(known, slice.history().length, "known tokens");
        for (int i = 0; i < known; i++) {
            assertEquals(rowToken[slice.slot()][i], slice.history()[i], "token of the history");
        }
    }
}
