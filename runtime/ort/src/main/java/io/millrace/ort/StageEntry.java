package io.millrace.ort;

import io.millrace.engine.StageOutput;
import io.millrace.engine.StepPlan;

/** What a stage computes from. */
interface StageEntry {
    /** Gives {@code run} the input of all rows of {@code call}, fillers included. */
    void feed(ShardSession.Run run, StepPlan plan, StepLayout.Call call, StageOutput input);
}
