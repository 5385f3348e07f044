package io.millrace.ort;

import ai.onnxruntime.OrtException;
import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import java.lang.foreign.Arena;

/**
 * A shard on the CPU: the calls of a step one after the other, each over its rows of the cache.
 *
 * <p>Decode rows run batched; each prefill chunk runs alone, since attention takes a chunk with a past only as a batch
 * of one.
 */
final class CpuStage implements ModelStage {
    private final Arena memory;
    private final ShardSession session;
    private final KvCache cache;
    private final PrefixStore prefixes;
    private final SlotStates slots;
    private final RowPositions positions;
    private final StageEntry entry;
    private final StageExit exit;
    private final boolean rowsAlike;

    /**
     * @param memory    of all the other parameters' buffers; closed with the stage
     * @param rowsAlike whether the session computes a row alone as it does among others
     */
    CpuStage(
            Arena memory,
            ShardSession session,
            KvCache cache,
            PrefixStore prefixes,
            SlotStates slots,
            RowPositions positions,
            StageEntry entry,
            StageExit exit,
            boolean rowsAlike) {
        this.memory = memory;
        this.session = session;
        this.cache = cache;
        this.prefixes = prefixes;
        this.slots = slots;
        this.positions = positions;
        this.entry = entry;
        this.exit = exit;
        this.rowsAlike = rowsAlike;
    }

    /** Computes at once: the run is done when it is returned. */
    @Override
    public StageRun begin(StepPlan plan, StageOutput input) throws StepException {
        plan.copies().forEach(prefixes::check);
        slots.accept(plan);
        plan.copies().forEach(prefixes::copy);
        exit.begin(plan);
        try {
            for (StepLayout.Call call : StepLayout.of(plan, slots.count(), rowsAlike)) {
                compute(plan, call, input);
            }
        } catch (OrtException e) {
            throw StepFailure.of(plan, e);
        }
        StageOutput output = exit.finish(plan);
        return () -> output;
    }

    private void compute(StepPlan plan, StepLayout.Call call, StageOutput input) throws OrtException, StepException {
        try (ShardSession.Run run = session.over(cache.tensors(call.firstSlot(), call.rows()))) {
            positions.feed(run, plan, call);
            entry.feed(run, plan, call, input);
            exit.bind(run, plan, call);
            run.compute();
            exit.collect(plan, call);
        }
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("session does not close", e);
        } finally {
            cache.close();
            memory.close();
        }
    }
}
