package io.millrace.verticles.peer.stage;

import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;

/**
 * A stage that adds the step's id to every hidden state; the last one of a model samples the first state of each slice. It
 * computes in memory that it uses again, as a real one does, and where a test wants it only with a permit.
 */
final class ScriptedStage implements ModelStage {
    private final boolean last;
    private final int hidden;
    private final List<ByteBuffer> ring;
    private int next;
    private final Semaphore permits;
    private final ConcurrentLinkedQueue<StepException.Kind> failures = new ConcurrentLinkedQueue<>();
    final List<StepPlan> seen = new CopyOnWriteArrayList<>();

    ScriptedStage(boolean last, int hidden, int tokens, int permits) {
        this.last = last;
        this.hidden = hidden;
        this.ring = Stream.generate(() ->
                        ByteBuffer.allocateDirect(tokens * hidden * Float.BYTES).order(ByteOrder.nativeOrder()))
                .limit(StageNodes.LIMITS.stepsInFlight())
                .toList();
        this.permits = new Semaphore(permits);
    }

    void allow(int steps) {
        permits.release(steps);
    }

    void failNext(StepException.Kind kind) {
        failures.add(kind);
    }

    @Override
    public StageRun begin(StepPlan plan, StageOutput input) throws StepException {
        seen.add(plan);
        permits.acquireUninterruptibly();
        StepException.Kind failure = failures.poll();
        if (failure != null) {
            throw new StepException(failure, "asked to fail", null);
        }
        ByteBuffer states = ((StageOutput.Hidden) input).states().duplicate().order(ByteOrder.nativeOrder());
        ByteBuffer memory = ring.get(next++ % ring.size()).clear();
        while (states.hasRemaining()) {
            memory.putFloat(states.getFloat() + plan.id());
        }
        memory.flip();
        StageOutput output = last ? sampled(plan, memory) : new StageOutput.Hidden(memory.slice());
        return () -> output;
    }

    private StageOutput sampled(StepPlan plan, ByteBuffer memory) {
        int[] tokens = new int[plan.slices().size()];
        float[] logProbs = new float[tokens.length];
        int row = 0;
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = (int) memory.getFloat(row * hidden * Float.BYTES);
            logProbs[i] = -tokens[i];
            row += plan.slices().get(i).tokens().length;
        }
        return new StageOutput.Sampled(new StepResult(plan.id(), tokens, logProbs));
    }

    @Override
    public void close() {}
}
