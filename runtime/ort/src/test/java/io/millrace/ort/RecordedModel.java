package io.millrace.ort;

import io.millrace.api.Limits;
import io.millrace.api.ModelManifest;
import io.millrace.engine.CpuAttention;
import io.millrace.model.checkpoint.OpenedModel;
import io.millrace.model.graph.ShardCut;
import io.millrace.model.graph.ShardGraph;
import io.millrace.model.graph.WeightFile;
import io.millrace.model.graph.WeightPrecision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A model in one shard whose logits can be looked at. */
final class RecordedModel implements AutoCloseable {
    final ModelManifest manifest;
    final Steps steps;
    private final CpuStage stage;
    private RecordedLogits logits;

    RecordedModel(Path path, Limits limits) throws IOException {
        this(path, limits, WeightPrecision.AUTO, TestModel.CACHE);
    }

    RecordedModel(Path path, Limits limits, WeightPrecision precision, Path cache) throws IOException {
        this(path, limits, precision, cache, 2);
    }

    RecordedModel(Path path, Limits limits, CpuAttention attention) throws IOException {
        this(path, limits, WeightPrecision.AUTO, TestModel.CACHE, 2, attention);
    }

    /** @param threads more than one compute large steps in lanes */
    RecordedModel(Path path, Limits limits, WeightPrecision precision, Path cache, int threads) throws IOException {
        this(path, limits, precision, cache, threads, CpuAttention.ONNXRUNTIME);
    }

    RecordedModel(Path path, Limits limits, WeightPrecision precision, Path cache, int threads, CpuAttention attention)
            throws IOException {
        try (OpenedModel opened = OpenedModel.open(path)) {
            manifest = opened.manifest();
            ShardCut whole = ShardCut.whole(manifest);
            WeightFile weights = WeightFile.open(opened.weights(), path, manifest, whole, cache, precision);
            StageAssembly assembly =
                    new StageAssembly(manifest, whole, limits, StageSetup.SERVING, precision, attention);
            stage = assembly.stage(
                    ShardGraph.build(manifest, whole, weights),
                    weights.path().toAbsolutePath().getParent(),
                    threads,
                    slots -> recorded(slots, limits.maxBatch()));
        }
        steps = new Steps(List.of(stage));
    }

    private StageExit recorded(SlotStates slots, int count) {
        logits = new RecordedLogits(manifest.vocabulary(), new SampledExit(slots, manifest.vocabulary(), count));
        return logits;
    }

    /** The logits of the last step's slices, by slot. */
    Map<Integer, float[]> logits() {
        return logits.bySlot();
    }

    @Override
    public void close() {
        stage.close();
    }
}
