package io.millrace.engine;

/**
 * One shard of a model with its part of the KV cache. Owned by one worker thread: no method is called from two.
 *
 * <p>A step is a transaction only in the scheduler: a failed run may leave garbage in positions it was to compute,
 * and those are computed again.
 */
public interface ModelStage extends AutoCloseable {

    /**
     * Runs a step on this stage's layers.
     *
     * @param input {@link StageOutput.Start} for the first stage, else what the stage before returned for this plan
     * @return {@link StageOutput.Sampled} from the last stage, else {@link StageOutput.Hidden}
     */
    StageOutput run(StepPlan plan, StageOutput input) throws StepException;

    @Override
    void close();
}
