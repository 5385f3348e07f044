package io.millrace.ort;

import io.millrace.engine.StepPlan;
import io.millrace.model.graph.DecoderPorts;
import java.nio.IntBuffer;

/** Tells a run where in the cache each of its rows is. */
final class RowPositions {
    private final SlotStates slots;
    private final IntBuffer last;
    private final IntBuffer total;

    /**
     * @param last  direct, one element per slot
     * @param total direct, one element
     */
    RowPositions(SlotStates slots, IntBuffer last, IntBuffer total) {
        this.slots = slots;
        this.last = last;
        this.total = total;
    }

    void feed(ShardSession.Run run, StepPlan plan, StepLayout.Call call) {
        last.clear();
        int longest = 0;
        for (int row = 0; row < call.rows(); row++) {
            int end = end(plan, call, row);
            last.put(end - 1);
            longest = Math.max(longest, end);
        }
        run.input(DecoderPorts.LAST_POSITIONS, last.flip(), call.rows());
        run.input(DecoderPorts.TOTAL_LENGTH, total.put(0, longest));
    }

    private int end(StepPlan plan, StepLayout.Call call, int row) {
        int index = call.slices()[row];
        if (index == StepLayout.FILLER) {
            return slots.fillerPosition(call.firstSlot() + row) + 1;
        }
        return plan.slices().get(index).end();
    }
}
