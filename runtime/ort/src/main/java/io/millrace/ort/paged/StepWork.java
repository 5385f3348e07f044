package io.millrace.ort.paged;

import io.millrace.ort.device.Device;
import io.millrace.ort.device.SampleBatch;
import io.millrace.ort.device.StepGraph;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Queues what a step computes, once its inputs are on their way: pending tokens, the run, sampling. Steps of a prepared size
 * are captured after {@value #RUNS_BEFORE_CAPTURE} runs, and launched from then on.
 */
final class StepWork implements AutoCloseable {
    /** The first allocates and searches, the second finds all of it done; a capture can do neither. */
    static final int RUNS_BEFORE_CAPTURE = 2;

    /**
     * Sequences times key and value heads from which ONNX Runtime's attention fills a device without parting positions, and is
     * 2% faster a step than the one for decode steps; below, that one is 15% faster (loadtest/RESULTS.md).
     */
    private static final int SHARED_FROM = 256;

    private final RankModel model;
    private final RankDevice hardware;
    private final Device device;
    private final RankSession any;
    private final RankSession decode;
    private final StepTensors tensors;

    /** By number of sequences: as many as there are buckets. */
    private final Map<Integer, Prepared> prepared = new HashMap<>();

    private static final class Prepared {
        private int runs;
        private Optional<StepGraph> graph = Optional.empty();
    }

    /** @param decode for steps of a prepared size; may be the same as {@code any} */
    StepWork(RankModel model, RankDevice hardware, RankSession any, RankSession decode, StepTensors tensors) {
        this.model = model;
        this.hardware = hardware;
        this.device = hardware.device();
        this.any = any;
        this.decode = decode;
        this.tensors = tensors;
    }

    void queue(PackedStep step, StepRegions at) {
        queue(any, at, step.mostTokens(), step.mostPositions());
        agree();
    }

    /** For any positions, since a graph is captured but once. */
    void queuePrepared(PackedStep step, StepRegions at) {
        int reach = step.width() * model.limits().blockTokens();
        Prepared size = prepared.computeIfAbsent(step.sequences(), sequences -> new Prepared());
        RankSession session = decodesApart(step.sequences()) ? decode : any;
        if (size.runs == RUNS_BEFORE_CAPTURE) {
            size.graph = device.capture(() -> queue(session, at, 1, reach));
        }
        size.graph.ifPresentOrElse(StepGraph::launch, () -> queue(session, at, 1, reach));
        agree();
        size.runs++; // one that failed has not done all that a capture needs done
    }

    private boolean decodesApart(int sequences) {
        return sequences * model.rank().kvHeads().size() < SHARED_FROM;
    }

    private void queue(RankSession session, StepRegions at, int mostTokens, int reach) {
        MemorySegment inputs = tensors.inputs();
        if (model.rank().layers().embeds()) {
            device.kernels()
                    .resolve(
                            inputs.asSlice(at.tokensAt()),
                            inputs.asSlice(at.slotsAt()),
                            tensors.lastSampled(),
                            at.tokens());
        }
        session.run(at, inputs, tensors, mostTokens, reach);
        if (model.rank().layers().hasHead()) {
            device.kernels()
                    .sample(new SampleBatch(
                            at.rows(),
                            model.manifest().vocabulary(),
                            tensors.logits(),
                            inputs.asSlice(at.encodedAt()),
                            tensors.lastSampled(),
                            tensors.results(),
                            tensors.logProbs()));
        }
    }

    /**
     * Each rank's fastest products add in an order of their own, so that where two tokens nearly tie ranks may differ, and
     * would go on from different texts. Never captured: ranks capture at different times, and a collective waits for all.
     */
    private void agree() {
        if (model.sharesTokens()) {
            hardware.broadcast(tensors.lastSampled());
        }
    }

    @Override
    public void close() {
        prepared.values().forEach(size -> size.graph.ifPresent(StepGraph::close));
    }
}
