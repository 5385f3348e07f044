package io.millrace.ort;

import static io.millrace.ort.Steps.slice;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.engine.StepPlan;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepLayoutTest {
    private static final int SLOTS = 6;

    @Test
    void neighbouringDecodeRowsAreOneCallWhateverTheirOrder() {
        List<StepLayout.Call> calls = calls(slice(3, 0, 1), slice(1, 0, 1), slice(2, 0, 1));
        assertEquals(1, calls.size());
        assertCall(calls.getFirst(), 1, 1, 1, 2, 0);
    }

    @Test
    void narrowHolesAreFilledAndWideOnesPartTheRows() {
        List<StepLayout.Call> calls = calls(slice(0, 0, 1), slice(2, 0, 1), slice(5, 0, 1));
        assertEquals(2, calls.size());
        assertCall(calls.get(0), 0, 1, 0, StepLayout.FILLER, 1);
        assertCall(calls.get(1), 4, 1, StepLayout.FILLER, 2);
    }

    @Test
    void aRowAloneGetsCompanyWhereThereIsASlot() {
        assertCall(calls(slice(0, 7, 1)).getFirst(), 0, 1, 0, StepLayout.FILLER);
        StepPlan plan = new StepPlan(1, List.of(slice(0, 7, 1)));
        assertCall(StepLayout.of(plan, 1, false).getFirst(), 0, 1, 0);
    }

    @Test
    void aRowAloneStaysAloneWhereRowsAreComputedAlike() {
        StepPlan plan = new StepPlan(1, List.of(slice(0, 7, 1)));
        assertCall(StepLayout.of(plan, SLOTS, true).getFirst(), 0, 1, 0);
    }

    @Test
    void everyChunkIsACallOfItsOwnAfterTheDecodeRows() {
        List<StepLayout.Call> calls = calls(slice(2, 0, 1), slice(0, 0, 1, 2, 3), slice(1, 0, 1, 2));
        assertEquals(3, calls.size());
        assertCall(calls.get(0), 2, 1, 0, StepLayout.FILLER);
        assertCall(calls.get(1), 0, 3, 1);
        assertCall(calls.get(2), 1, 2, 2);
    }

    @Test
    void aStepWithoutDecodeRowsHasNoEmptyCall() {
        assertEquals(1, calls(slice(0, 0, 1, 2)).size());
    }

    @Test
    void offsetsCountTheTokensBefore() {
        StepPlan plan = new StepPlan(1, List.of(slice(2, 0, 1), slice(0, 0, 1, 2, 3), slice(1, 0, 1, 2)));
        assertArrayEquals(new int[] {0, 1, 4}, StepLayout.tokenOffsets(plan));
    }

    private static List<StepLayout.Call> calls(StepPlan.Slice... slices) {
        return StepLayout.of(new StepPlan(1, List.of(slices)), SLOTS, false);
    }

    private static void assertCall(StepLayout.Call call, int firstSlot, int length, int... slices) {
        assertEquals(firstSlot, call.firstSlot());
        assertEquals(length, call.length());
        assertArrayEquals(slices, call.slices());
    }
}
