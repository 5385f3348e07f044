package io.millrace.engine;

import java.time.Duration;

/** Follows the workers with the size of their steps. Pure: asked about once a second, never from two threads. */
@FunctionalInterface
public interface BatchTuner {

    /** The bounds for the time to come, by those that held while {@code use} was measured. */
    StepBounds next(StepBounds now, WorkerUse use);

    /** Leaves the bounds as the limits have them. */
    static BatchTuner fixed() {
        return (now, use) -> now;
    }

    /** Half of the bounds above 90% of use, twice below 50%. */
    static BatchTuner utilization(StepBounds most) {
        return new UtilizationTuner(most);
    }

    /** As much as keeps the time between two tokens of a stream under {@code gap}. */
    static BatchTuner latency(StepBounds most, Duration gap) {
        return new LatencyTuner(most, gap.toNanos());
    }
}
