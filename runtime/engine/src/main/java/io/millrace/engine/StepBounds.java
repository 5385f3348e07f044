package io.millrace.engine;

/**
 * How large the next steps may be, at most. What runs already goes on: fewer sequences begin.
 *
 * @param sequences    that hold a slot at once, at least 1
 * @param promptTokens of one step, single tokens aside, at least 1
 */
public record StepBounds(int sequences, int promptTokens) {
    public StepBounds {
        if (sequences < 1 || promptTokens < 1) {
            throw new IllegalArgumentException("a step needs room for one sequence and one token");
        }
    }

    /** These, no more than {@code most}. */
    StepBounds within(StepBounds most) {
        return new StepBounds(Math.min(sequences, most.sequences), Math.min(promptTokens, most.promptTokens));
    }
}
