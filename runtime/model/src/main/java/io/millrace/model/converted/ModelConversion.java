package io.millrace.model.converted;

import io.millrace.api.ModelManifest;
import io.millrace.api.TokenizerSpec;
import io.millrace.model.checkpoint.OpenedModel;
import io.millrace.model.converted.DirectoryManifest.Contents;
import io.millrace.model.converted.DirectoryManifest.Shard;
import io.millrace.model.gguf.Checkpoint;
import io.millrace.model.graph.ShardCut;
import io.millrace.model.graph.ShardGraph;
import io.millrace.model.graph.WeightFile;
import io.millrace.model.graph.WeightPrecision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns a model as it was published into a directory that {@link ConvertedModel} opens. */
public final class ModelConversion {
    private static final String WEIGHTS = "weights.bin";
    private static final String TOKENIZER = "tokenizer.json";

    private final Checkpoint tensors;
    private final Path source;
    private final WeightPrecision precision;
    private final ModelManifest model;
    private final TokenizerSpec tokenizer;
    private final List<ShardCut> cuts;

    private ModelConversion(OpenedModel opened, Path source, WeightPrecision precision, int shards) {
        this.tensors = opened.weights();
        this.source = source;
        this.precision = precision;
        this.model = opened.manifest();
        this.tokenizer = opened.tokenizer();
        this.cuts = ShardCut.cut(model, shards);
    }

    /**
     * Takes about a second per hundred million weights.
     *
     * @return bytes of the weights
     * @throws IOException where the model is none of ours, {@code folder} exists or the disk is full: then nothing is left
     *     behind
     */
    public static long convert(Path source, WeightPrecision precision, int shards, Path folder) throws IOException {
        try (OpenedModel opened = open(source)) {
            ModelConversion conversion = new ModelConversion(opened, source, precision, shards);
            AtomicFolder.write(folder, conversion::fill);
        } catch (IllegalArgumentException e) {
            throw new IOException(source + ": " + e.getMessage(), e);
        }
        return Files.size(folder.resolve(WEIGHTS));
    }

    /** @throws IOException where the model is none that can be converted */
    public static TokenizerSpec tokenizer(Path source) throws IOException {
        try (OpenedModel opened = open(source)) {
            return opened.tokenizer();
        }
    }

    private static OpenedModel open(Path source) throws IOException {
        if (ConvertedModel.isAt(source)) {
            throw new IOException(source + " is converted already; convert the model that it was made from");
        }
        return OpenedModel.open(source);
    }

    private void fill(Path folder) throws IOException {
        WeightFile weights = WeightFile.write(tensors, source, model, folder.resolve(WEIGHTS), precision);
        JsonFile.write(folder.resolve(TOKENIZER), tokenizer);
        Map<String, Contents> files = new LinkedHashMap<>();
        List<Shard> shards = new ArrayList<>();
        for (ShardCut cut : cuts) {
            Shard shard = new Shard("shard-" + shards.size() + ".onnx", cut.first(), cut.end());
            Path graph = folder.resolve(shard.graph());
            Files.write(graph, ShardGraph.build(model, cut, weights));
            files.put(shard.graph(), PlainFile.contents(graph));
            shards.add(shard);
        }
        for (String name : List.of(WEIGHTS, TOKENIZER)) {
            files.put(name, PlainFile.contents(folder.resolve(name)));
        }
        DirectoryManifest manifest = new DirectoryManifest(
                DirectoryManifest.FORMAT,
                source.getFileName().toString(),
                precision.label(),
                model,
                shards,
                WEIGHTS,
                TOKENIZER,
                files,
                "");
        JsonFile.write(folder.resolve(DirectoryManifest.NAME), manifest.sealed());
    }
}
