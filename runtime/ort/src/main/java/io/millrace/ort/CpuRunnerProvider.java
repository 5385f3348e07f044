package io.millrace.ort;

import ai.onnxruntime.OrtException;
import io.millrace.api.Limits;
import io.millrace.api.ModelManifest;
import io.millrace.engine.KvSharing;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelRunnerProvider;
import io.millrace.engine.ModelStage;
import io.millrace.model.gguf.GgufException;
import io.millrace.model.gguf.GgufFile;
import io.millrace.model.gguf.ManifestReader;
import io.millrace.model.gguf.TokenizerReader;
import io.millrace.model.graph.ShardCut;
import io.millrace.model.graph.WeightFile;
import io.millrace.model.graph.WeightPrecision;
import io.millrace.ort.capi.OrtRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** GGUF models on the CPU, in any {@link WeightPrecision}; float32 cache. */
public final class CpuRunnerProvider implements ModelRunnerProvider {
    /** Two cores compute 32, 128 and 256 tokens of a prompt at the same rate (loadtest/RESULTS.md). */
    private static final int PROMPT_TOKENS = 128;

    @Override
    public boolean runsOn(String device) {
        return device.equals("cpu") || device.equals("auto");
    }

    @Override
    public LoadedModel load(LoadOptions options) throws IOException {
        check(options);
        precision(options);
        try (GgufFile gguf = GgufFile.open(options.model())) {
            return load(options, gguf, ManifestReader.read(gguf, name(options.model())));
        } catch (GgufException | IllegalArgumentException e) {
            throw new IOException(options.model() + ": " + e.getMessage(), e);
        }
    }

    private static LoadedModel load(LoadOptions options, GgufFile gguf, ModelManifest model) throws IOException {
        Limits limits = options.limits();
        if (limits.contextTokens() > model.contextLength()) {
            throw new IOException("contextTokens is " + limits.contextTokens() + ", but " + model.name()
                    + " was made for at most " + model.contextLength());
        }
        List<ShardCut> all = ShardCut.cut(model, options.shards());
        List<ShardCut> cuts =
                options.stage().isPresent() ? List.of(all.get(options.stage().getAsInt())) : all;
        ShardCut held = new ShardCut(cuts.getFirst().first(), cuts.getLast().end(), model.layers());
        WeightPrecision precision = precision(options);
        WeightFile weights = WeightFile.open(gguf, options.model(), model, held, options.cache(), precision);
        MemoryNeed need = MemoryNeed.of(model, held.size(), limits, weights.bytes(), precision);
        need.check(model, limits);
        return new LoadedModel(
                model,
                TokenizerReader.read(gguf),
                stages(options, model, cuts, weights),
                all.size() == 1,
                PROMPT_TOKENS,
                KvSharing.BY_COPY,
                List::of,
                describe(options, held, need));
    }

    private static void check(LoadOptions options) throws IOException {
        if (options.model().toString().startsWith("random:")) {
            throw new IOException("model: " + options.model() + " has no file, and the CPU's runner needs one");
        }
        if (options.tensorParallel() > 1) {
            throw new IOException(
                    "tensor-parallel: " + options.tensorParallel() + " needs as many GPUs; the CPU is one");
        }
        if (!List.of(AUTO, "same").contains(options.kvPrecision())) {
            throw new IOException(
                    "kv-precision: " + options.kvPrecision() + " is not for the CPU; its cache is float32");
        }
    }

    private static WeightPrecision precision(LoadOptions options) throws IOException {
        return WeightPrecision.named(options.precision())
                .orElseThrow(() -> new IOException("precision: " + options.precision() + " is not for the CPU; its"
                        + " weights are int8, int4, fp16, fp32, or with auto of 4 bits where the file's are, else 8"));
    }

    private static String name(Path file) {
        return file.getFileName().toString().replaceFirst("\\.gguf$", "");
    }

    /** Positions per slot: one to spare for {@link SlotStates#fillerPosition}. */
    static int capacity(Limits limits) {
        return limits.contextTokens() + 1;
    }

    private static List<ModelStage> stages(
            LoadOptions options, ModelManifest model, List<ShardCut> cuts, WeightFile weights) throws IOException {
        List<ModelStage> stages = new ArrayList<>();
        try {
            for (ShardCut cut : cuts) {
                int threads = threads(options.threads(), cuts.size(), stages.size());
                StageAssembly assembly = new StageAssembly(OrtRuntime.environment(), model, cut, options.limits());
                stages.add(assembly.stage(weights, threads));
            }
            return stages;
        } catch (OrtException | OutOfMemoryError e) {
            stages.forEach(ModelStage::close);
            throw new IOException(options.model() + " does not load: " + e.getMessage(), e);
        }
    }

    /** An even share, at least 1; what is left over goes to the last stages, of which one has the head. */
    static int threads(int threads, int stages, int stage) {
        return Math.max(1, threads / stages + (stage >= stages - threads % stages ? 1 : 0));
    }

    private static String describe(LoadOptions options, ShardCut held, MemoryNeed need) {
        return "CPU, %d threads, layers %d to %d of %d in %d shards, weights of %d MiB in %s, float32 cache of up to %d MiB"
                .formatted(
                        options.threads(),
                        held.first(),
                        held.end() - 1,
                        held.layers(),
                        options.loaded(),
                        need.file() >> 20,
                        options.precision().equals(AUTO) ? "4 and 8 bits" : options.precision(),
                        need.slots() * need.perSlot() >> 20);
    }
}
