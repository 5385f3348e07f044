package io.millrace.ort.paged;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.SamplingParams;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepPlan.Slice;
import io.millrace.ort.device.SampleRow;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PackedStepTest {
    private static final int WIDTH = 3;
    private static final int SCRATCH = 99;
    private static final SamplingParams PENALIZED = new SamplingParams(1, 0, 1, 0, 1.2f, 0, 0, 5);

    /** Decodes position 4. */
    private static final Slice DECODE = slice(7, 4, true, new int[] {10, 11}, 42);
    /** The middle of a prompt. */
    private static final Slice CHUNK = slice(2, 8, false, new int[] {5, 6, 4}, 1, 2, 3);
    /** The end of a prompt. */
    private static final Slice LAST_CHUNK = slice(0, 0, true, new int[] {8}, 21, 22);

    private static Slice slice(int slot, int start, boolean samples, int[] blocks, int... tokens) {
        return new Slice(slot, slot, start, tokens, blocks, samples ? 1 : 0, SamplingParams.GREEDY, new int[0], 0);
    }

    private static Slice penalized(int slot, int[] history, int... tokens) {
        return new Slice(slot, slot, 4, tokens, new int[] {1}, 1, PENALIZED, history, 2);
    }

    private static StepPlan plan(Slice... slices) {
        return new StepPlan(1, List.of(slices));
    }

    private static PackedStep packed(Slice... slices) {
        return PackedStep.of(plan(slices), WIDTH, SCRATCH);
    }

    @Test
    void slicesLieOneBehindTheOther() {
        PackedStep step = packed(DECODE, CHUNK, LAST_CHUNK);
        assertArrayEquals(new int[] {42, 1, 2, 3, 21, 22}, step.tokens());
        assertArrayEquals(new int[] {7, 2, 2, 2, 0, 0}, step.slots());
        assertArrayEquals(new int[] {0, 1, 4, 6}, step.cumulative());
        assertArrayEquals(new int[] {4, 8, 0}, step.past());
        assertEquals(3, step.sequences());
        assertEquals(3, step.mostTokens());
        assertEquals(11, step.mostPositions());
    }

    @Test
    void whatASequenceDoesNotHoldOfItsTableIsTheScratchBlock() {
        int[] table = packed(DECODE, CHUNK, LAST_CHUNK).blockTable();
        assertArrayEquals(new int[] {10, 11, SCRATCH, 5, 6, 4, 8, SCRATCH, SCRATCH}, table);
    }

    @Test
    void onlyTheLastTokenOfASliceThatSamplesHasLogits() {
        PackedStep step = packed(DECODE, CHUNK, LAST_CHUNK);
        assertArrayEquals(new long[] {0, 5}, step.logitRows());
        assertEquals(List.of(7, 0), step.rows().stream().map(SampleRow::slot).toList());
        assertEquals(
                List.of(5, 2), step.rows().stream().map(SampleRow::position).toList());
    }

    @Test
    void everyTokenThatDraftsStandBehindHasLogitsAndItsOwnHistory() {
        Slice drafted =
                new Slice(2, 2, 4, new int[] {9, 21, 22}, new int[] {1, 3}, 3, PENALIZED, new int[] {3, 4, 9}, 2);
        PackedStep step = packed(DECODE, drafted);
        assertArrayEquals(new long[] {0, 1, 2, 3}, step.logitRows());
        assertEquals(
                List.of(5, 5, 6, 7),
                step.rows().stream().map(SampleRow::position).toList());
        assertArrayEquals(new int[] {3, 4, 9}, step.rows().get(1).history());
        assertArrayEquals(new int[] {3, 4, 9, 21, 22}, step.rows().get(3).history());
    }

    @Test
    void whereNoSliceSamplesTheLastTokenHasLogitsThatNobodyReads() {
        PackedStep step = packed(CHUNK);
        assertArrayEquals(new long[] {2}, step.logitRows());
        assertEquals(SampleRow.FILLER, step.rows().getFirst().slot());
    }

    @Test
    void aStepIsRoundedUpByOneFillerThatReadsNothingAndWritesToTheScratchBlock() {
        PackedStep step = PackedStep.rounded(plan(DECODE, CHUNK), WIDTH, SCRATCH, 8);
        assertArrayEquals(new int[] {42, 1, 2, 3, 0, 0, 0, 0}, step.tokens());
        assertArrayEquals(new int[] {0, 1, 4, 8}, step.cumulative());
        assertArrayEquals(new int[] {4, 8, 0}, step.past());
        assertArrayEquals(new int[] {SCRATCH, SCRATCH, SCRATCH}, Arrays.copyOfRange(step.blockTable(), 6, 9));
        assertArrayEquals(new long[] {0}, step.logitRows(), "a filler has no logits");
        assertEquals(4, step.mostTokens());
    }

    @Test
    void aStepThatIsRoundHasNoFiller() {
        assertEquals(
                2, PackedStep.rounded(plan(DECODE, CHUNK), WIDTH, SCRATCH, 4).sequences());
    }

    @Test
    void aBucketIsFilledWithRowsOfTheirOwn() {
        PackedStep step = PackedStep.bucket(plan(DECODE, slice(3, 0, false, new int[] {1}, 5)), WIDTH, SCRATCH, 4);
        assertArrayEquals(new int[] {42, 5, 0, 0}, step.tokens());
        assertArrayEquals(new int[] {0, 1, 2, 3, 4}, step.cumulative());
        assertArrayEquals(new long[] {0, 1, 2, 3}, step.logitRows(), "every row");
        List<Integer> slots = step.rows().stream().map(SampleRow::slot).toList();
        assertEquals(List.of(7, SampleRow.FILLER, SampleRow.FILLER, SampleRow.FILLER), slots);
        assertTrue(Arrays.stream(step.blockTable(), 2 * WIDTH, 4 * WIDTH).allMatch(block -> block == SCRATCH));
        assertEquals(1, step.mostTokens());
    }

    @Test
    void fillersAreNoLongerThanASequenceMayBe() {
        PackedStep step = PackedStep.fillers(20, 8, WIDTH, SCRATCH);
        assertArrayEquals(new int[] {0, 8, 16, 20}, step.cumulative());
        assertArrayEquals(new int[3], step.past());
        assertEquals(20, step.tokenCount());
        assertEquals(8, step.mostPositions());
        assertEquals(1, step.rowCount());
    }

    @Test
    void theHistoryOfASequenceWhoseTokenIsPendingIsEndedOnTheDevice() {
        PackedStep step = packed(
                penalized(1, new int[] {3, 4, 5}, StepPlan.PENDING),
                penalized(2, new int[] {3, 4}, 5),
                slice(3, 4, true, new int[] {1}, StepPlan.PENDING));
        assertArrayEquals(new int[] {StepPlan.PENDING, 5, StepPlan.PENDING}, step.tokens());
        assertEquals(5, step.history());
        assertTrue(step.rows().get(0).pending());
        assertArrayEquals(new int[] {3, 4, 5}, step.rows().get(0).history());
        assertEquals(2, step.rows().get(0).promptLength());
        assertFalse(step.rows().get(1).pending(), "its token is known");
        assertFalse(step.rows().get(2).pending(), "it needs no history");
    }
}
