package io.millrace.engine;

import java.nio.ByteBuffer;

/** What one pipeline stage hands to the next: hidden states, and from the last stage tokens. */
public sealed interface StageOutput {

    /** Input of the first stage. */
    record Start() implements StageOutput {}

    /**
     * The residual stream after a stage's layers.
     *
     * @param states {@code [plan.tokenCount(), hidden]} float32 in native order, rows in the plan's order; direct
     *               memory of the producing stage, valid until {@code stepsInFlight} later runs of that stage
     */
    record Hidden(ByteBuffer states) implements StageOutput {}

    /** Output of the last stage. */
    record Sampled(StepResult result) implements StageOutput {}
}
