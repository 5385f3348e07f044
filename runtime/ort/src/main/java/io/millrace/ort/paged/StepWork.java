package io.millrace.ort.paged;

import io.millrace.ort.device.Device;
import io.millrace.ort.device.SampleBatch;
import io.millrace.ort.device.StepGraph;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * Queues what a step computes, once its inputs are on their way: pending tokens, the run, sampling. Steps of a size that was
 * captured are launched from then on.
 */
final class StepWork implements AutoCloseable {
    /**
     * Sequences times key and value heads from which ONNX Runtime's attention fills a device without parting positions, and is
     * 2% faster a step than the one for decode steps; below, that one is 15% faster (loadtest/RESULTS.md). Where query heads
     * share a head of keys and values, ONNX Runtime's reads it once for each of them, and is slower at any number.
     */
    private static final int SHARED_FROM = 256;

    private final RankModel model;
    private final RankDevice hardware;
    private final Device device;
    private final RankSession any;
    private final RankSession decode;
    private final StepTensors tensors;

    /** By number of sequences: as many as there are buckets. */
    private final Map<Integer, StepGraph> graphs = new HashMap<>();

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

    /** Of one token of each sequence, at any positions. */
    void queueDecode(PackedStep step, StepRegions at) {
        StepGraph graph = graphs.get(step.sequences());
        if (graph == null) {
            queueDecodeRun(step, at);
        } else {
            graph.launch();
        }
        agree();
    }

    /** Does nothing where the device has no graphs. Steps of this size ran before: a capture can neither allocate nor search. */
    void capture(PackedStep step, StepRegions at) {
        device.capture(() -> queueDecodeRun(step, at)).ifPresent(graph -> graphs.put(step.sequences(), graph));
    }

    private void queueDecodeRun(PackedStep step, StepRegions at) {
        int reach = step.width() * model.limits().blockTokens();
        queue(decodesApart(step.sequences()) ? decode : any, at, 1, reach);
    }

    private boolean decodesApart(int sequences) {
        int kvHeads = model.rank().kvHeads().size();
        return kvHeads < model.rank().heads().size() || sequences * kvHeads < SHARED_FROM;
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
        graphs.values().forEach(StepGraph::close);
    }
}
