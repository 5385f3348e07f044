package io.millrace.verticles.batching;

import io.millrace.engine.StepPlan;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;

/** How long admitted sequences wait for their first step. Owned by the batching loop; a sequence is in here until then. */
final class QueueTimes {
    private final LongConsumer meter;
    /** Bounded by the scheduler's own bounds on sequences. */
    private final Map<Long, Long> admitted = new HashMap<>();

    /** @param meter takes nanoseconds */
    QueueTimes(LongConsumer meter) {
        this.meter = meter;
    }

    void admitted(long sequence, long nowNanos) {
        admitted.put(sequence, nowNanos);
    }

    void planned(StepPlan plan, long nowNanos) {
        if (admitted.isEmpty()) {
            return;
        }
        for (StepPlan.Slice slice : plan.slices()) {
            Long since = admitted.remove(slice.sequence());
            if (since != null) {
                meter.accept(nowNanos - since);
            }
        }
    }

    void ended(long sequence) {
        admitted.remove(sequence);
    }
}
