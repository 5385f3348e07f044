package io.millrace.ort;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.SamplingParams;
import io.millrace.ort.device.SampleBatch;
import io.millrace.ort.device.SampleRow;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class HostStepKernelsTest {
    private static final int VOCABULARY = 4;
    private static final int[] NONE = {};

    private static final SamplingParams NOT_TWICE = new SamplingParams(0, 0, 1, 0, 1, 100, 0, 0);

    private final Arena arena = Arena.ofAuto();
    private final HostStepKernels kernels = new HostStepKernels(VOCABULARY);
    private final MemorySegment lastSampled = ints(70, 71, 72);

    private MemorySegment ints(int... values) {
        return arena.allocateFrom(ValueLayout.JAVA_INT, values);
    }

    private static int[] ints(MemorySegment memory) {
        return memory.toArray(ValueLayout.JAVA_INT);
    }

    private static SampleRow greedy(int slot) {
        return new SampleRow(SamplingParams.GREEDY, 9, slot, NONE, 0, false);
    }

    private SampleBatch sample(List<SampleRow> rows, float... logits) {
        int history = rows.stream().mapToInt(row -> row.history().length).sum();
        MemorySegment encoded = arena.allocate(kernels.encodedBytes(rows.size(), history), 8);
        kernels.encode(rows, encoded);
        SampleBatch batch = new SampleBatch(
                rows.size(),
                VOCABULARY,
                arena.allocateFrom(ValueLayout.JAVA_FLOAT, logits),
                encoded,
                lastSampled,
                arena.allocate(4L * rows.size(), 4),
                arena.allocate(4L * rows.size(), 4));
        kernels.sample(batch);
        return batch;
    }

    @Test
    void aPendingTokenIsWhatItsSlotSampledLast() {
        MemorySegment tokens = ints(5, -1, 9, -1);
        kernels.resolve(tokens, ints(0, 2, 1, 0), lastSampled, 4);
        assertArrayEquals(new int[] {5, 72, 9, 70}, ints(tokens));
    }

    @Test
    void everyRowsTokenIsItsSlotsLast() {
        SampleBatch batch = sample(List.of(greedy(2), greedy(0)), 0, 3, 1, 2, 4, 3, 1, 2);
        assertArrayEquals(new int[] {1, 0}, ints(batch.ids()));
        assertArrayEquals(new int[] {0, 71, 1}, ints(lastSampled));
    }

    @Test
    void aFillerTouchesNoSlot() {
        sample(List.of(greedy(SampleRow.FILLER), greedy(1)), 0, 3, 1, 2, 0, 0, 1, 0);
        assertArrayEquals(new int[] {70, 2, 72}, ints(lastSampled));
    }

    @Test
    void aPendingTokenIsPenalizedLikeThoseOfTheHistory() {
        lastSampled.setAtIndex(ValueLayout.JAVA_INT, 1, 3);
        SampleRow pending = new SampleRow(NOT_TWICE, 9, 1, new int[] {0, 1}, 1, true);
        // 0 is prompt, which presence does not count.
        assertEquals(0, sample(List.of(pending), 2, 4, 1, 3).ids().get(ValueLayout.JAVA_INT, 0));
        SampleRow known = new SampleRow(NOT_TWICE, 9, 1, new int[] {0, 1}, 1, false);
        assertEquals(3, sample(List.of(known), 2, 4, 1, 3).ids().get(ValueLayout.JAVA_INT, 0));
    }

    @Test
    void theProbabilityIsThatOfTheLogitsAsTheyCame() {
        SamplingParams cold = new SamplingParams(0.01f, 0, 1, 0, 1, 0, 0, 5);
        SampleRow row = new SampleRow(cold, 9, 0, NONE, 0, false);
        SampleBatch batch = sample(List.of(row), 1, 3, 0, 0);
        assertEquals(1, batch.ids().get(ValueLayout.JAVA_INT, 0));
        double total = Math.exp(1) + Math.exp(3) + 2;
        assertEquals(Math.log(Math.exp(3) / total), batch.logProbs().get(ValueLayout.JAVA_FLOAT, 0), 1e-6);
    }

    @Test
    void aLogitThatIsNotFiniteIsNoToken() {
        SampleBatch batch = sample(List.of(greedy(0), greedy(1)), 0, Float.NaN, 1, 2, 0, 3, 1, 2);
        assertArrayEquals(new int[] {-1, 1}, ints(batch.ids()));
        assertTrue(Float.isNaN(batch.logProbs().get(ValueLayout.JAVA_FLOAT, 0)));
    }
}
