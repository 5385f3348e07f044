package io.millrace.ort.paged;

import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.model.paged.PagedGraph;
import io.millrace.model.paged.RankWeights;
import io.millrace.model.paged.StepKind;
import io.millrace.ort.capi.OrtFailure;
import io.millrace.ort.device.Device;
import io.millrace.ort.device.DeviceException;
import io.millrace.ort.device.Fence;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * One rank on one device. A step is queued whole: its copy in, its run, its sampling and the copy of what it brought; to
 * begin one takes the time that queueing takes. Owned by the thread that made it, or that it was handed to since.
 */
final class PagedRank implements ModelStage {
    private static final StepPlan NOTHING = new StepPlan(0, List.of());

    private final RankModel model;
    private final RankDevice hardware;
    private final Device device;
    private final Owned owned;
    private final StepTensors tensors;
    private final StagingRing staging;
    private final StepWork work;
    private final DecodeBuckets buckets;
    private volatile boolean lost;

    private PagedRank(RankModel model, RankDevice hardware, RankWeights weights, Owned owned) throws IOException {
        this.model = model;
        this.hardware = hardware;
        this.device = hardware.device();
        this.owned = owned;
        this.buckets = DecodeBuckets.upTo(model.limits().maxBatch());
        RankMemory memory = RankMemory.load(model, device, weights, owned);
        RankSession any = session(memory, StepKind.ANY);
        boolean apart = PagedGraph.decodesApart(model.manifest(), model.precision(), hardware.dialect());
        RankSession decode = apart ? session(memory, StepKind.DECODE) : any;
        long inputBytes = mostInputBytes();
        tensors = StepTensors.allocate(owned, device, model, inputBytes);
        device.fill(tensors.lastSampled(), (byte) 0);
        staging = new StagingRing(owned, device, model, inputBytes);
        work = new StepWork(model, hardware, any, decode, tensors);
        owned.add(work::close);
    }

    private RankSession session(RankMemory memory, StepKind kind) {
        RankSession session = new RankSession(model, hardware, memory, kind);
        owned.add(session::close);
        return session;
    }

    /**
     * Loads a rank.
     *
     * @param warmsUp {@link RankDevices#warmsUp}
     * @param owned   gets what the rank holds, and has {@code hardware}; to be closed where this fails
     * @throws IOException where the weights cannot be read
     * @throws ModelTooLargeException where the device is too small
     */
    static PagedRank load(RankModel model, RankDevice hardware, RankWeights weights, boolean warmsUp, Owned owned)
            throws IOException {
        MemoryPlan plan = MemoryPlan.of(model, weights.bytes());
        String device = hardware.device().name();
        try {
            plan.check(device, hardware.device().memory());
            PagedRank rank = new PagedRank(model, hardware, weights, owned);
            if (warmsUp) {
                rank.warmUp();
            }
            return rank;
        } catch (DeviceException | OrtFailure e) {
            if (DeviceFailure.outOfMemory(e)) {
                throw plan.exceeded(device, e);
            }
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

    /** Runs every size that comes again and again, so that nothing is planned, searched or captured once requests come. */
    private void warmUp() {
        hardware.rehearse(() -> {
            runChunks();
            // The first run allocates and searches, the second finds all of it done.
            buckets.sizes().forEach(this::runBucket);
            buckets.sizes().forEach(this::runBucket);
        });
        hardware.meetLoaded();
        runChunks(); // sums have first times, too
        for (int size : buckets.sizes()) {
            PackedStep step = bucket(NOTHING, size);
            work.capture(step, copyIn(step));
        }
        drain();
        hardware.meetLoaded();
        buckets.sizes().forEach(this::runBucket);
    }

    /** The largest first: what they take is cut into pieces for the smaller ones. */
    private void runChunks() {
        Stream.of(model.limits().prefillChunk(), model.limits().tokenBudget())
                .map(size -> Math.min(size, model.maxTokens()))
                .sorted(Comparator.reverseOrder())
                .distinct()
                .forEach(size -> {
                    queue(PackedStep.fillers(size, model.maxPositions(), model.tableWidth(), model.scratchBlock()));
                    drain();
                });
    }

    private void runBucket(int size) {
        queueBucket(NOTHING, size);
        drain();
    }

    private void drain() {
        try (Fence fence = device.fence()) {
            fence.await();
        }
    }

    private PackedStep queue(PackedStep step) {
        StepRegions regions = copyIn(step);
        work.queue(step, regions);
        return step;
    }

    private PackedStep queueBucket(StepPlan plan, int size) {
        PackedStep step = bucket(plan, size);
        work.queueDecode(step, copyIn(step));
        return step;
    }

    private PackedStep bucket(StepPlan plan, int size) {
        return PackedStep.bucket(plan, model.tableWidth(), model.scratchBlock(), size);
    }

    private StepRegions copyIn(PackedStep step) {
        MemorySegment inputs = staging.current().inputs();
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
            if (staging.busy()) {
                drain();
            }
            if (input instanceof StageOutput.Hidden hidden) {
                device.copyIn(tensors.hiddenIn(), MemorySegment.ofBuffer(hidden.states()));
            }
            OptionalInt bucket = buckets.of(plan);
            boolean every = bucket.isPresent();
            PackedStep step = every ? queueBucket(plan, bucket.getAsInt()) : queue(packed(plan));
            MemorySegment result = staging.current().result().asSlice(0, resultBytes(step));
            device.copyOut(result, model.rank().layers().hasHead() ? tensors.results() : tensors.hiddenOut());
            Fence fence = device.fence();
            StepOutcome outcome = new StepOutcome(model, plan, every, result);
            staging.begun();
            return () -> finish(plan, fence, outcome);
        } catch (DeviceException | OrtFailure e) {
            throw failed(plan, e, DeviceFailure.outOfMemory(e) && drained());
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
            throw failed(plan, e, DeviceFailure.outOfMemory(e));
        } finally {
            staging.awaited();
        }
        return outcome.read();
    }

    /** What was queued of a step before it failed reads memory that the next step is to have. */
    private boolean drained() {
        try {
            drain();
            return true;
        } catch (DeviceException e) {
            return false;
        }
    }

    /**
     * @param intact the step is lost and the device as it was. All else would come again with the same plan, or takes the
     *     device with it.
     */
    private StepException failed(StepPlan plan, RuntimeException cause, boolean intact) {
        if (!intact) {
            lost = true; // never back to false: another thread may abort meanwhile
        }
        return new StepException(
                intact ? StepException.Kind.CAPACITY : StepException.Kind.FATAL,
                "%s, step %d of %d tokens: %s"
                        .formatted(device.name(), plan.id(), plan.tokenCount(), cause.getMessage()),
                cause);
    }

    /** Ends what this rank waits for from others. For any thread. */
    void abort() {
        lost = true;
        hardware.abort();
    }

    @Override
    public void close() {
        owned.close();
    }
}
