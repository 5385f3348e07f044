package io.millrace.ort;

import io.millrace.engine.StageOutput;
import io.millrace.engine.StepPlan;
import io.millrace.model.graph.DecoderPorts;
import java.nio.IntBuffer;

/** The first stage: token ids. */
final class TokenEntry implements StageEntry {
    private final SlotStates slots;
    private final IntBuffer tokens;

    /** @param tokens direct, as long as the largest call */
    TokenEntry(SlotStates slots, IntBuffer tokens) {
        this.slots = slots;
        this.tokens = tokens;
    }

    @Override
    public void feed(ShardSession.Run run, StepPlan plan, StepLayout.Call call, StageOutput input) {
        tokens.clear();
        for (int index : call.slices()) {
            if (index == StepLayout.FILLER) {
                tokens.put(0);
            } else {
                StepPlan.Slice slice = plan.slices().get(index);
                for (int token : slice.tokens()) {
                    tokens.put(slots.resolve(slice.slot(), token));
                }
            }
        }
        run.input(DecoderPorts.TOKENS, tokens.flip(), call.rows(), call.length());
    }
}
