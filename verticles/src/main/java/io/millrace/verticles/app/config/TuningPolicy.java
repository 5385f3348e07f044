package io.millrace.verticles.app.config;

/** What the size of the steps follows. */
public enum TuningPolicy {
    /** Nothing: it is what the limits say. */
    FIXED,
    /** The workers' use: above 90% half, below 50% double. */
    UTILIZATION,
    /** The time between two tokens of a stream, held under {@link Tuning#gapTarget}. */
    LATENCY
}
