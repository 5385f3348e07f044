package io.millrace.ort;

import io.millrace.engine.StageOutput;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;

/** What becomes of a stage's result. For each plan: begin, then what its lanes do side by side, then finish. */
interface StageExit {
    void begin(StepPlan plan);

    /** Its part in a further lane, with memory of its own. */
    Lane lane(StageBuffers buffers);

    StageOutput finish(StepPlan plan);

    /** For each call: bind, then collect. */
    interface Lane {
        /** Gives {@code run} memory for its result. */
        void bind(ShardSession.Run run, StepPlan plan, StepLayout.Call call);

        /** Takes over the result of the call that was bound last. */
        void collect(StepPlan plan, StepLayout.Call call) throws StepException;
    }
}
