package io.millrace.ort;

import io.millrace.engine.StageOutput;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** A last stage's exit that keeps the logits of every slice and passes on to the one under test. */
final class RecordedLogits implements StageExit {
    private final int vocabulary;
    private final SampledExit exit;
    private final Map<Integer, float[]> bySlot = new ConcurrentSkipListMap<>();

    RecordedLogits(int vocabulary, SampledExit exit) {
        this.vocabulary = vocabulary;
        this.exit = exit;
    }

    /** Of the last step, by slot; all its slices must sample. */
    Map<Integer, float[]> bySlot() {
        return bySlot;
    }

    @Override
    public void begin(StepPlan plan) {
        bySlot.clear();
        exit.begin(plan);
    }

    @Override
    public Lane lane(StageBuffers buffers) {
        SampledLane lane = exit.lane(buffers);
        return new Lane() {
            @Override
            public void bind(ShardSession.Run run, StepPlan plan, StepLayout.Call call) {
                lane.bind(run, plan, call);
            }

            @Override
            public void collect(StepPlan plan, StepLayout.Call call) throws StepException {
                lane.collect(plan, call);
                int row = 0;
                for (int index : call.slices()) {
                    if (index != StepLayout.FILLER) {
                        float[] logits = new float[vocabulary];
                        lane.logits().get(row++ * vocabulary, logits);
                        bySlot.put(plan.slices().get(index).slot(), logits);
                    }
                }
            }
        };
    }

    @Override
    public StageOutput finish(StepPlan plan) {
        return exit.finish(plan);
    }
}
