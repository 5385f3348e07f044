package io.millrace.engine;

/** A step that a stage has begun. Awaited once, after all runs of its stage that were begun before it. */
@FunctionalInterface
public interface StageRun {

    /**
     * Blocks until the step is computed, for a bounded time: a stage that hears no more of its device fails.
     *
     * @return {@link StageOutput.Sampled} from the last stage, else {@link StageOutput.Hidden}
     */
    StageOutput await() throws StepException;
}
