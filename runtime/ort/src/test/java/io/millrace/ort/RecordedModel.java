package io.millrace.ort;

import ai.onnxruntime.OrtException;
import io.millrace.api.Limits;
import io.millrace.api.ModelManifest;
import io.millrace.model.checkpoint.OpenedModel;
import io.millrace.model.graph.ShardCut;
import io.millrace.model.graph.ShardGraph;
import io.millrace.model.graph.WeightFile;
import io.millrace.model.graph.WeightPrecision;
import io.millrace.ort.capi.OrtRuntime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A model in one shard whose logits can be looked at. */
final class RecordedModel implements AutoCloseable {
    final ModelManifest manifest;
    final Steps steps;
    private final CpuStage stage;
    private RecordedLogits logits;

    RecordedModel(Path path, Limits limits) throws IOException, OrtException {
        this(path, limits, WeightPrecision.AUTO, TestModel.CACHE);
    }

    RecordedModel(Path path, Limits limits, WeightPrecision precision, Path cache) throws IOException, OrtException {
        try (OpenedModel opened = OpenedModel.open(path)) {
            manifest = opened.manifest();
            ShardCut whole = ShardCut.whole(manifest);
            WeightFile weights = WeightFile.open(opened.weights(), path, manifest, whole, cache, precision);
            StageAssembly assembly =
                    new StageAssembly(OrtRuntime.environment(), manifest, whole, limits, StageSetup.SERVING, precision);
            stage = assembly.stage(
                    ShardGraph.build(manifest, whole, weights),
                    weights.path().toAbsolutePath().getParent(),
                    2,
                    slots -> recorded(slots, limits.maxBatch()));
        }
        steps = new Steps(List.of(stage));
    }

    private StageExit recorded(SlotStates slots, int count) {
        LongBuffer rows = ByteBuffer.allocateDirect(count * Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .asLongBuffer();
        logits = new RecordedLogits(
                count, manifest.vocabulary(), memory -> new SampledExit(slots, manifest.vocabulary(), rows, memory));
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
