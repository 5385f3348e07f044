package io.millrace.ort;

import static io.millrace.ort.Steps.randomTokens;
import static io.millrace.ort.Steps.slice;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.engine.StepPlan;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LaneSharesTest {
    private static StepPlan plan(List<StepPlan.Slice> slices) {
        return new StepPlan(1, slices);
    }

    private static List<StepPlan.Slice> rows(int... slots) {
        List<StepPlan.Slice> rows = new ArrayList<>();
        for (int slot : slots) {
            rows.add(slice(slot, 40, 1));
        }
        return rows;
    }

    private static StepPlan.Slice chunk(int slot, int tokens) {
        return slice(slot, 0, randomTokens(tokens, 100, slot));
    }

    @Test
    void decodeRowsAreHalvedByTheirSlots() {
        StepPlan plan = plan(rows(7, 0, 6, 1, 5, 2, 4, 3));
        assertEquals(Optional.of(List.of(List.of(1, 3, 5, 7), List.of(6, 4, 2, 0))), LaneShares.of(plan));
    }

    @Test
    void fewRowsAreComputedInOne() {
        assertEquals(Optional.empty(), LaneShares.of(plan(rows(0, 1, 2, 3, 4, 5, 6))));
    }

    @Test
    void aPromptAloneIsComputedOnAllThreads() {
        assertEquals(Optional.empty(), LaneShares.of(plan(List.of(chunk(0, 128)))));
    }

    @Test
    void twoPromptsAreComputedSideBySide() {
        StepPlan plan = plan(List.of(chunk(0, 64), chunk(1, 60)));
        assertEquals(Optional.of(List.of(List.of(0), List.of(1))), LaneShares.of(plan));
    }

    @Test
    void aPromptThatIsMostOfTheStepIsNotWorthParting() {
        List<StepPlan.Slice> slices = rows(1, 2, 3, 4);
        slices.add(chunk(0, 128));
        assertEquals(Optional.empty(), LaneShares.of(plan(slices)));
    }

    @Test
    void rowsMakeUpForTheShorterPrompt() {
        List<StepPlan.Slice> slices = rows(2, 3, 4, 5);
        slices.add(chunk(0, 40));
        slices.add(chunk(1, 36));
        assertEquals(Optional.of(List.of(List.of(4, 0), List.of(5, 1, 2, 3))), LaneShares.of(plan(slices)));
    }

    @Test
    void everySliceIsInOneLane() {
        List<StepPlan.Slice> slices = rows(9, 3, 4, 8, 2);
        for (int slot = 10; slot < 15; slot++) {
            slices.add(chunk(slot, 5 + slot));
        }
        List<Integer> all = new ArrayList<>();
        LaneShares.of(plan(slices)).orElseThrow().forEach(all::addAll);
        Collections.sort(all);
        assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), all);
    }
}
