package io.millrace.ort;

import ai.onnxruntime.OrtException;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;

/** What becomes of a stage's result. For each plan: begin, then bind and collect call by call, then finish. */
interface StageExit {
    void begin(StepPlan plan);

    /** Gives {@code run} memory for its result. */
    void bind(ShardSession.Run run, StepPlan plan, StepLayout.Call call) throws OrtException;

    /** Takes over the result of the call that was bound last. */
    void collect(StepPlan plan, StepLayout.Call call) throws StepException;

    StageOutput finish(StepPlan plan);
}
