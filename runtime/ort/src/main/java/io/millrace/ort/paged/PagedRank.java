package io.millrace.ort.paged;

import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.model.paged.RankWeights;
import io.millrace.ort.capi.OrtFailure;
import io.millrace.ort.device.Device;
import io.millrace.ort.device.DeviceException;
import io.millrace.ort.device.Fence;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * One rank on one device. A step is queued whole: its copy in, its run, its sampling and the copy of what it brought; to
 * begin one takes the time that queueing takes. Owned by the thread that made it, or that it was handed to since.
 */
final class PagedRank implements ModelStage {
    private final RankModel model;
    private final RankDevice hardware;
    private final Device device;
    private final RankSession session;
    private final StepTensors tensors;
    private final List<StepStaging> staging = new ArrayList<>();
    private final StepWork work;
    private final DecodeBuckets buckets;
    private int turn;
    private volatile boolean lost;

    private PagedRank(RankModel model, RankDevice hardware, RankSession session) {
        this.model = model;
        this.hardware = hardware;
        this.device = hardware.device();
        this.session = session;
        this.buckets = DecodeBuckets.upTo(model.limits().maxBatch());
        long inputBytes = mostInputBytes();
        tensors = StepTensors.allocate(device, model, inputBytes);
        for (int i = 0; i < model.limits().stepsInFlight(); i++) {
            staging.add(StepStaging.allocate(device, model, inputBytes));
        }
        work = new StepWork(model, device, session, tensors);
    }

    /**
     * Loads a rank. Closes {@code hardware} where it fails.
     *
     * @throws IOException where the weights cannot be read
     * @throws ModelTooLargeException where the device is too small
     */
    static PagedRank load(RankModel model, RankDevice hardware, RankWeights weights) throws IOException {
        try {
            MemoryPlan.of(model, weights.bytes())
                    .check(hardware.device().name(), hardware.device().memory());
            RankSession session = new RankSession(model, hardware, weights);
            try {
                return new PagedRank(model, hardware, session);
            } catch (RuntimeException e) {
                session.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            hardware.close();
            throw e;
        }
    }

    private long mostInputBytes() {
        int slots = model.limits().maxBatch();
        long encoded = device.kernels()
                .encodedBytes(slots, Math.multiplyExact(slots, model.limits().contextTokens()));
        return StepRegions.of(model.maxSequences(), model.maxTokens(), slots, model.tableWidth(), encoded)
                .bytes();
    }

    /** Runs every prepared size, so that nothing is planned, searched or captured once requests come. */
    void warmUp() throws StepException {
        StepPlan nothing = new StepPlan(0, List.of());
        for (int size : List.of(model.limits().prefillChunk(), model.limits().tokenBudget())) {
            await(queue(
                    PackedStep.filler(Math.min(size, model.maxTokens()), model.tableWidth(), model.scratchBlock())));
        }
        for (int size : buckets.sizes()) {
            for (int i = 0; i <= StepWork.RUNS_BEFORE_CAPTURE; i++) {
                await(queueBucket(nothing, size));
            }
        }
    }

    private void await(PackedStep queued) throws StepException {
        try (Fence fence = device.fence()) {
            fence.await();
        } catch (DeviceException e) {
            throw failed("warm-up with " + queued.tokenCount() + " tokens", e);
        }
    }

    private PackedStep queue(PackedStep step) {
        StepRegions regions = copyIn(step);
        work.queue(step, regions);
        return step;
    }

    private PackedStep queueBucket(StepPlan plan, int size) {
        PackedStep step = PackedStep.bucket(plan, model.tableWidth(), model.scratchBlock(), size);
        StepRegions regions = copyIn(step);
        work.queuePrepared(step, regions);
        return step;
    }

    private StepRegions copyIn(PackedStep step) {
        MemorySegment inputs = staging.get(turn).inputs();
        StepRegions regions = StepRegions.of(step, device.kernels());
        regions.write(step, device.kernels(), inputs);
        device.copyIn(tensors.inputs(), inputs.asSlice(0, regions.bytes()));
        return regions;
    }

    @Override
    public StageRun begin(StepPlan plan, StageOutput input) throws StepException {
        if (lost) {
            throw new StepException(StepException.Kind.FATAL, device.name() + " is lost since an earlier step", null);
        }
        try {
            turn = (turn + 1) % staging.size();
            StepStaging mine = staging.get(turn);
            if (input instanceof StageOutput.Hidden hidden) {
                device.copyIn(tensors.hiddenIn(), MemorySegment.ofBuffer(hidden.states()));
            }
            OptionalInt bucket = buckets.of(plan);
            boolean every = bucket.isPresent();
            PackedStep step = every ? queueBucket(plan, bucket.getAsInt()) : queue(packed(plan));
            MemorySegment result = mine.result().asSlice(0, resultBytes(step));
            device.copyOut(result, model.rank().layers().hasHead() ? tensors.results() : tensors.hiddenOut());
            Fence fence = device.fence();
            StepOutcome outcome = new StepOutcome(model, plan, every, result);
            return () -> finish(plan, fence, outcome);
        } catch (DeviceException | OrtFailure e) {
            throw failed(name(plan), e);
        }
    }

    private PackedStep packed(StepPlan plan) {
        return PackedStep.rounded(plan, model.tableWidth(), model.scratchBlock(), RankModel.TOKEN_GRANULE);
    }

    private long resultBytes(PackedStep step) {
        return model.rank().layers().hasHead() ? StepTensors.resultBytes(model) : model.hiddenBytes(step.tokenCount());
    }

    private StageOutput finish(StepPlan plan, Fence fence, StepOutcome outcome) throws StepException {
        try (fence) {
            fence.await();
        } catch (DeviceException e) {
            throw failed(name(plan), e);
        }
        return outcome.read();
    }

    private static String name(StepPlan plan) {
        return "step " + plan.id() + " of " + plan.tokenCount() + " tokens";
    }

    /**
     * Out of memory: the step is lost and the device as it was. All else would come again with the same plan, or takes the
     * device with it.
     */
    private StepException failed(String what, RuntimeException cause) {
        RuntimeException root = cause.getCause() instanceof DeviceException device ? device : cause;
        boolean memory = root instanceof DeviceException failure
                ? failure.kind() == DeviceException.Kind.OUT_OF_MEMORY
                : root instanceof OrtFailure ort && ort.outOfMemory();
        lost |= !memory;
        return new StepException(
                memory ? StepException.Kind.CAPACITY : StepException.Kind.FATAL,
                device.name() + ", " + what + ": " + cause.getMessage(),
                cause);
    }

    /** Ends what this rank waits for from others. For any thread. */
    void abort() {
        lost = true;
        hardware.abort();
    }

    @Override
    public void close() {
        work.close();
        session.close();
        tensors.release(device);
        staging.forEach(each -> each.release(device));
        hardware.close();
    }
}
