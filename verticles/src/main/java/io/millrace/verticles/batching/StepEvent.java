package io.millrace.verticles.batching;

import io.millrace.engine.StepPlan;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * A step in a flight recording, from plan to commit. Steps in flight overlap. Costs next to nothing where nobody
 * records.
 */
@Name("io.millrace.Step")
@Label("Step")
@Category("Millrace")
@Description("A forward pass over the sequences of a batch, from plan to commit")
@StackTrace(false)
final class StepEvent extends Event {
    @Label("Step")
    private long step;

    @Label("Batch Size")
    @Description("Sequences in the step")
    private int batchSize;

    @Label("Prompt Tokens")
    private int promptTokens;

    @Label("Decode Tokens")
    @Description("Generated tokens that the step computed, those computed again after a preemption included")
    private int decodeTokens;

    @Label("Blocks Used")
    @Description("KV blocks that sequences held when the step was committed")
    private int blocksUsed;

    private StepEvent() {}

    static StepEvent begun() {
        StepEvent event = new StepEvent();
        event.begin();
        return event;
    }

    /** @param blocksInUse of the whole pool */
    void committed(StepPlan plan, int blocksInUse) {
        end();
        if (!shouldCommit()) {
            return;
        }
        step = plan.id();
        batchSize = plan.slices().size();
        promptTokens = plan.slices().stream().mapToInt(StepEvent::promptTokens).sum();
        decodeTokens = plan.tokenCount() - promptTokens;
        blocksUsed = blocksInUse;
        commit();
    }

    private static int promptTokens(StepPlan.Slice slice) {
        return Math.max(0, Math.min(slice.end(), slice.promptLength()) - slice.start());
    }
}
