package io.millrace.verticles.worker;

import io.millrace.engine.StageOutput;
import io.millrace.engine.StepException;

/** What a stage made of a step. */
sealed interface StepOutcome {

    record Done(StageOutput output) implements StepOutcome {}

    record Failed(StepException failure) implements StepOutcome {}
}
