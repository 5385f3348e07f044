package io.millrace.ort;

import io.millrace.api.ModelManifest;
import io.millrace.api.TokenizerSpec;
import io.millrace.engine.ModelRunnerProvider;
import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import io.millrace.model.checkpoint.OpenedModel;
import io.millrace.model.converted.ConvertedModel;
import io.millrace.model.graph.ShardCut;
import io.millrace.model.graph.ShardGraph;
import io.millrace.model.graph.WeightFile;
import io.millrace.model.graph.WeightPrecision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A model's graphs and the weights they map, derived from a model as it was published or taken from a converted directory.
 *
 * @param shards  those that are loaded, in the order of their layers
 * @param whole   whether one shard is all of the model
 * @param folder  of the file that the graphs map
 * @param bytes   of that file, or what the loaded shards have of it
 */
record CpuModel(
        ModelManifest manifest,
        TokenizerSpec tokenizer,
        WeightPrecision precision,
        List<Shard> shards,
        boolean whole,
        Path folder,
        long bytes) {

    /** @param graph a serialized ModelProto */
    record Shard(ShardCut cut, byte[] graph) {}

    /** All layers that are loaded. */
    ShardCut held() {
        return held(shards.stream().map(Shard::cut).toList());
    }

    private static ShardCut held(List<ShardCut> cuts) {
        return new ShardCut(
                cuts.getFirst().first(), cuts.getLast().end(), cuts.getFirst().layers());
    }

    static CpuModel open(LoadOptions options) throws IOException {
        return ConvertedModel.isAt(options.model()) ? converted(options) : derived(options);
    }

    private static CpuModel derived(LoadOptions options) throws IOException {
        Path file = options.model();
        WeightPrecision precision = WeightPrecision.named(options.precision()).orElseThrow();
        try (OpenedModel opened = OpenedModel.open(file)) {
            ModelManifest model = opened.manifest();
            checkContext(model, options);
            List<ShardCut> all = ShardCut.cut(model, options.shards());
            List<ShardCut> cuts = loaded(all, options);
            WeightFile weights = WeightFile.open(opened.weights(), file, model, held(cuts), options.cache(), precision);
            List<Shard> shards = cuts.stream()
                    .map(cut -> new Shard(cut, ShardGraph.build(model, cut, weights)))
                    .toList();
            Path folder = weights.path().toAbsolutePath().getParent();
            return new CpuModel(model, opened.tokenizer(), precision, shards, all.size() == 1, folder, weights.bytes());
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }

    private static CpuModel converted(LoadOptions options) throws IOException {
        ConvertedModel model = ConvertedModel.open(options.model());
        checkContext(model.manifest(), options);
        String asked = options.precision();
        if (!asked.equals(ModelRunnerProvider.AUTO)
                && !asked.equals(model.precision().label())) {
            throw new IOException("precision: " + asked + ", but " + options.model() + " was converted to "
                    + model.precision().label());
        }
        List<Shard> shards = new ArrayList<>();
        for (int i = 0; i < model.cuts().size(); i++) {
            shards.add(new Shard(model.cuts().get(i), model.graphs().get(i)));
        }
        boolean taken = options.shards() == 1 && options.stage().isEmpty();
        if (!taken && options.shards() != shards.size()) {
            throw new IOException(
                    "shards: " + options.shards() + ", but " + options.model() + " was converted to " + shards.size());
        }
        List<Shard> loaded = loaded(shards, options);
        return new CpuModel(
                model.manifest(),
                model.tokenizer(),
                model.precision(),
                loaded,
                shards.size() == 1,
                model.folder().toAbsolutePath(),
                model.bytes() * loaded.size() / shards.size());
    }

    private static <T> List<T> loaded(List<T> stages, LoadOptions options) {
        return options.stage().isPresent() ? List.of(stages.get(options.stage().getAsInt())) : stages;
    }

    private static void checkContext(ModelManifest model, LoadOptions options) throws IOException {
        int context = options.limits().contextTokens();
        if (context > model.contextLength()) {
            throw new IOException("contextTokens is " + context + ", but " + model.name() + " was made for at most "
                    + model.contextLength());
        }
    }
}
