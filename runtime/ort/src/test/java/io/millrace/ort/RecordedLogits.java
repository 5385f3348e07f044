package io.millrace.ort;

import ai.onnxruntime.OrtException;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;

/** A last stage's exit that keeps the logits of every slice and passes on to the one under test. */
final class RecordedLogits implements StageExit {
    private final int vocabulary;
    private final StageExit exit;
    private final Map<Integer, float[]> bySlot = new TreeMap<>();
    private final ByteBuffer memory;

    RecordedLogits(int slots, int vocabulary, java.util.function.Function<ByteBuffer, StageExit> exit) {
        this.vocabulary = vocabulary;
        this.memory =
                ByteBuffer.allocateDirect(slots * vocabulary * Float.BYTES).order(ByteOrder.nativeOrder());
        this.exit = exit.apply(memory);
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
    public void bind(ShardSession.Run run, StepPlan plan, StepLayout.Call call) throws OrtException {
        exit.bind(run, plan, call);
    }

    @Override
    public void collect(StepPlan plan, StepLayout.Call call) throws StepException {
        exit.collect(plan, call);
        int row = 0;
        for (int index : call.slices()) {
            if (index != StepLayout.FILLER) {
                float[] logits = new float[vocabulary];
                memory.asFloatBuffer().get(row++ * vocabulary, logits);
                bySlot.put(plan.slices().get(index).slot(), logits);
            }
        }
    }

    @Override
    public StageOutput finish(StepPlan plan) {
        return exit.finish(plan);
    }
}
