package io.millrace.engine;

/**
 * What the workers did since the last look.
 *
 * @param busy     share of the time in which the busiest stage had a step, 0 to 1
 * @param gapNanos time between two tokens of a running stream, by the slowest twentieth of the steps; 0 where none ran
 */
public record WorkerUse(double busy, long gapNanos) {}
