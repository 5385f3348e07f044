package io.millrace.verticles.app.config;

import java.time.Duration;

/**
 * How the size of the steps follows what the workers do, within the limits.
 *
 * @param gapTarget time between two tokens of a running stream, for {@link TuningPolicy#LATENCY}
 */
public record Tuning(TuningPolicy policy, Duration gapTarget) {
    static final Tuning FIXED = new Tuning(TuningPolicy.FIXED, Duration.ofMillis(100));
}
