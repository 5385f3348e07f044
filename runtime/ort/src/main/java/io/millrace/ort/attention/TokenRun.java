package io.millrace.ort.attention;

/**
 * Tokens of one sequence that a step computes: one, or a chunk of a prompt.
 *
 * @param slot   of the cache that the sequence has
 * @param first  of the step's tokens that is this run's first
 * @param tokens how many, at least 1
 * @param past   positions of the sequence that are in the cache already
 */
public record TokenRun(int slot, int first, int tokens, int past) {}
