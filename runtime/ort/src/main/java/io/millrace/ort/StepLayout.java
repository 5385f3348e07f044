package io.millrace.ort;

import io.millrace.engine.StepPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The session calls that a step takes. Pure.
 *
 * <p>A call covers neighbouring rows of the KV cache, because ONNX Runtime sees the cache as one tensor
 * {@code [slots, heads, positions, width]}. So a hole between the slots of decode rows is either bridged by filler
 * rows, whose result is dropped, or parts the rows into two calls. A call costs about as much as one row more (see
 * loadtest/RESULTS.md), so holes up to {@link #MAX_FILLERS} are bridged.
 *
 * <p>A row that is alone gets a filler beside it, but where all products are in whole numbers: ONNX Runtime multiplies a single row by
 * another kernel than many, whose sums round otherwise, and what a sequence says is not to depend on who else is served.
 */
final class StepLayout {
    /** Widest hole between decode rows that is computed rather than parted. */
    static final int MAX_FILLERS = 1;

    /** In {@link Call#slices}: a row of no slice. */
    static final int FILLER = -1;

    /**
     * One run of the session on {@code [slices.length, length]} tokens.
     *
     * @param firstSlot row of the KV cache of the first slice
     * @param slices    indices into the plan's slices by row, or {@link #FILLER}
     * @param length    tokens per row; more than 1 only where there is one row
     */
    record Call(int firstSlot, int[] slices, int length) {
        int rows() {
            return slices.length;
        }
    }

    private StepLayout() {}

    /**
     * Decode rows first, in as few calls as pay off, then a call per prefill chunk.
     *
     * @param slots     of the cache; with one only, no row ever has company
     * @param rowsAlike whether a row alone is computed as it is among others
     */
    static List<Call> of(StepPlan plan, int slots, boolean rowsAlike) {
        return of(plan, IntStream.range(0, plan.slices().size()).boxed().toList(), slots, rowsAlike);
    }

    /** @param indices of the slices that are computed */
    static List<Call> of(StepPlan plan, List<Integer> indices, int slots, boolean rowsAlike) {
        List<Call> calls = new ArrayList<>();
        boolean company = slots > 1 && !rowsAlike;
        decodeCalls(plan, indices)
                .forEach(call -> calls.add(call.rows() == 1 && company ? accompanied(call, slots) : call));
        for (int i : indices) {
            StepPlan.Slice slice = plan.slices().get(i);
            if (slice.tokens().length > 1) {
                calls.add(new Call(slice.slot(), new int[] {i}, slice.tokens().length));
            }
        }
        return calls;
    }

    /** By slice, how many tokens of the plan come before it. */
    static int[] tokenOffsets(StepPlan plan) {
        int[] offsets = new int[plan.slices().size()];
        for (int i = 1; i < offsets.length; i++) {
            offsets[i] = offsets[i - 1] + plan.slices().get(i - 1).tokens().length;
        }
        return offsets;
    }

    /** By slice, how many draws of the plan come before its own. */
    static int[] drawOffsets(StepPlan plan) {
        int[] offsets = new int[plan.slices().size()];
        for (int i = 1; i < offsets.length; i++) {
            offsets[i] = offsets[i - 1] + plan.slices().get(i - 1).draws();
        }
        return offsets;
    }

    private static List<Call> decodeCalls(StepPlan plan, List<Integer> indices) {
        List<StepPlan.Slice> slices = plan.slices();
        List<Integer> bySlot = new ArrayList<>();
        for (int i : indices) {
            if (slices.get(i).tokens().length == 1) {
                bySlot.add(i);
            }
        }
        bySlot.sort(Comparator.comparingInt(i -> slices.get(i).slot()));
        List<Call> calls = new ArrayList<>();
        int from = 0;
        for (int to = 1; to <= bySlot.size(); to++) {
            if (to == bySlot.size() || gap(slices, bySlot.get(to - 1), bySlot.get(to)) > MAX_FILLERS) {
                calls.add(decodeCall(slices, bySlot.subList(from, to)));
                from = to;
            }
        }
        return calls;
    }

    private static Call accompanied(Call call, int slots) {
        int slice = call.slices()[0];
        return call.firstSlot() + 1 < slots
                ? new Call(call.firstSlot(), new int[] {slice, FILLER}, 1)
                : new Call(call.firstSlot() - 1, new int[] {FILLER, slice}, 1);
    }

    /** Slots between two slices. */
    private static int gap(List<StepPlan.Slice> slices, int before, int after) {
        int gap = slices.get(after).slot() - slices.get(before).slot() - 1;
        if (gap < 0) {
            throw new IllegalArgumentException(
                    "two slices in slot " + slices.get(after).slot());
        }
        return gap;
    }

    private static Call decodeCall(List<StepPlan.Slice> slices, List<Integer> bySlot) {
        int first = slices.get(bySlot.getFirst()).slot();
        int last = slices.get(bySlot.getLast()).slot();
        int[] rows = new int[last - first + 1];
        Arrays.fill(rows, FILLER);
        bySlot.forEach(i -> rows[slices.get(i).slot() - first] = i);
        return new Call(first, rows, 1);
    }
}
