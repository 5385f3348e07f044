package io.millrace.engine;

/**
 * What a step brought: token ids only.
 *
 * @param step   the plan's id
 * @param tokens one id per slice that samples, in the plan's order
 */
public record StepResult(long step, int[] tokens) {}
