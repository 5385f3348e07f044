package io.millrace.ort.paged;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.engine.StepPlan;
import io.millrace.ort.HostStepKernels;
import io.millrace.ort.device.StepKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepRegionsTest {
    private final StepKernels kernels = new HostStepKernels(10);

    private static PackedStep fillers(int count) {
        return PackedStep.fillers(count, 100, 5, 3);
    }

    private static List<Long> addresses(StepRegions at) {
        return List.of(
                at.tokensAt(), at.slotsAt(), at.cumulativeAt(), at.pastAt(), at.tableAt(), at.rowsAt(), at.encodedAt());
    }

    @Test
    void everyPartIsAlignedAndEndsBeforeTheNext() {
        StepRegions at = StepRegions.of(65, 130, 64, 7, 1000);
        long[] bytes = {4 * 130, 4 * 130, 4 * 66, 4 * 65, 4 * 65 * 7, 8 * 64, 1000};
        List<Long> addresses = addresses(at);
        for (int i = 0; i < bytes.length; i++) {
            assertEquals(0, addresses.get(i) % 256);
            long next = i + 1 < bytes.length ? addresses.get(i + 1) : at.bytes();
            assertTrue(addresses.get(i) + bytes[i] <= next, "part " + i);
        }
    }

    @Test
    void stepsOfTheSameSizesHaveTheSameRegionsAndOthersHaveNot() {
        StepPlan nothing = new StepPlan(0, List.of());
        StepRegions one = StepRegions.of(PackedStep.bucket(nothing, 5, 3, 8), kernels);
        assertEquals(one, StepRegions.of(PackedStep.bucket(nothing, 5, 9, 8), kernels));
        assertNotEquals(one, StepRegions.of(PackedStep.bucket(nothing, 5, 3, 12), kernels));
        assertNotEquals(one, StepRegions.of(fillers(8), kernels), "as many tokens in one sequence");
    }

    @Test
    void whatIsWrittenIsReadAtItsPlace() {
        PackedStep step = fillers(120);
        StepRegions at = StepRegions.of(step, kernels);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(at.bytes());
            at.write(step, kernels, memory);
            assertArrayEquals(step.cumulative(), ints(memory, at.cumulativeAt(), 3));
            assertArrayEquals(step.blockTable(), ints(memory, at.tableAt(), 10));
            assertEquals(119, memory.get(ValueLayout.JAVA_LONG, at.rowsAt()));
        }
    }

    private static int[] ints(MemorySegment memory, long at, int count) {
        return memory.asSlice(at, 4L * count).toArray(ValueLayout.JAVA_INT);
    }
}
