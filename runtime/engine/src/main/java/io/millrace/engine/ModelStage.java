package io.millrace.engine;

/**
 * One shard of a model with its part of the KV cache.
 *
 * <p>Owned by one worker thread, which begins steps and closes the stage; a second thread of the same worker awaits
 * them, in the order in which they were begun. No other thread calls anything.
 *
 * <p>A step is a transaction only in the scheduler: a failed run may leave garbage in positions it was to compute,
 * and those are computed again.
 */
public interface ModelStage extends AutoCloseable {

    /**
     * Begins a step on this stage's layers. May return before it is computed, so that a device is given its next step
     * while it computes this one; a stage that computes on the calling thread returns a run that is done.
     *
     * @param input {@link StageOutput.Start} for the first stage, else what the stage before returned for this plan
     * @throws StepException where the step could not be begun: there is nothing to await
     */
    StageRun begin(StepPlan plan, StageOutput input) throws StepException;

    /** Called after every run that was begun has been awaited. */
    @Override
    void close();
}
