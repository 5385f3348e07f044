package io.millrace.ort;

import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.ort.capi.OrtFailure;
import io.millrace.ort.capi.SharedWeights;
import java.lang.foreign.Arena;

/**
 * A shard on the CPU: the calls of a step, each over its rows of the cache, one after the other or in two {@link Lanes}.
 *
 * <p>Decode rows run batched; each prefill chunk runs alone, since attention takes a chunk with a past only as a batch
 * of one.
 */
final class CpuStage implements ModelStage {
    private final Arena memory;
    private final SharedWeights weights;
    private final Lanes lanes;
    private final KvCache cache;
    private final PrefixStore prefixes;
    private final SlotStates slots;
    private final StageExit exit;
    private final boolean rowsAlike;

    /**
     * @param memory    of all the other parameters' buffers, and where the weights are mapped; closed with the stage, as they are
     * @param weights   of all lanes
     * @param rowsAlike whether a session computes a row alone as it does among others
     */
    CpuStage(
            Arena memory,
            SharedWeights weights,
            Lanes lanes,
            KvCache cache,
            PrefixStore prefixes,
            SlotStates slots,
            StageExit exit,
            boolean rowsAlike) {
        this.memory = memory;
        this.weights = weights;
        this.lanes = lanes;
        this.cache = cache;
        this.prefixes = prefixes;
        this.slots = slots;
        this.exit = exit;
        this.rowsAlike = rowsAlike;
    }

    /** Computes at once: the run is done when it is returned. */
    @Override
    public StageRun begin(StepPlan plan, StageOutput input) throws StepException {
        plan.copies().forEach(prefixes::check);
        slots.accept(plan);
        plan.copies().forEach(prefixes::copy);
        slots.fill(plan);
        exit.begin(plan);
        try {
            lanes.compute(plan, slots.count(), rowsAlike, input);
        } catch (OrtFailure e) {
            throw StepFailure.of(plan, e);
        }
        StageOutput output = exit.finish(plan);
        return () -> output;
    }

    @Override
    public void close() {
        lanes.close();
        cache.close();
        weights.close();
        memory.close();
    }
}
