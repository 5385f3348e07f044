package io.millrace.ort;

import io.millrace.api.Limits;
import io.millrace.engine.CpuAttention;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelRunnerProvider;
import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;

/** How tests load models. */
public final class TestModel {
    /** Kept between runs: deriving the real model's weights takes seconds. */
    static final Path CACHE = Path.of("target", "weights");

    private TestModel() {}

    /** The real model, without which the tests that need it fail. */
    public static Path smolLm2() {
        Path home = Path.of(System.getProperty("user.home"));
        Path usual = home.resolve(".cache/millrace/models/SmolLM2-135M-Instruct.Q4_1.gguf");
        Path path = Path.of(System.getProperty("millrace.model", usual.toString()));
        if (!Files.isRegularFile(path)) {
            throw new AssertionError(path + " is missing: ./millrace pull smollm2");
        }
        return path;
    }

    /** A tiny model that this attention can compute. */
    static Path tiny(CpuAttention attention) throws IOException {
        Path folder = Path.of("target", "tiny");
        return switch (attention) {
            case ONNXRUNTIME -> TinyModel.write(folder, 7);
            case JAVA -> TinyModel.write(folder, 7, 32);
        };
    }

    static LoadedModel load(Path model, int shards, Limits limits) throws IOException {
        return load(model, shards, 2, limits);
    }

    static LoadedModel load(Path model, int shards, int threads, Limits limits) throws IOException {
        return new CpuRunnerProvider().load(options(model, CACHE, shards, threads, limits));
    }

    static LoadedModel load(Path model, String precision, int threads, Limits limits) throws IOException {
        return new CpuRunnerProvider().load(options(model, CACHE, 1, threads, precision, limits));
    }

    static LoadOptions options(Path model, Path cache, int shards, int threads, Limits limits) {
        return options(model, cache, shards, threads, ModelRunnerProvider.AUTO, limits);
    }

    static LoadedModel load(Path model, Limits limits, CpuAttention attention) throws IOException {
        return new CpuRunnerProvider().load(with(options(model, CACHE, 1, 2, limits), attention));
    }

    static LoadOptions with(LoadOptions base, CpuAttention attention) {
        return with(base, Map.of("cpuAttention", attention));
    }

    private static LoadOptions options(
            Path model, Path cache, int shards, int threads, String precision, Limits limits) {
        return new LoadOptions(
                model,
                cache,
                "cpu",
                shards,
                OptionalInt.empty(),
                1,
                threads,
                precision,
                ModelRunnerProvider.AUTO,
                limits);
    }

    /** The defaults, but for the size of batch, context and step. */
    public static Limits limits(int maxBatch, int contextTokens, int tokenBudget) {
        return with(
                Limits.DEFAULTS,
                Map.of("maxBatch", maxBatch, "contextTokens", contextTokens, "tokenBudget", tokenBudget));
    }

    /** {@code base} with some components changed, by name. */
    @SuppressWarnings("unchecked") // a record's constructor makes that record
    public static <R extends Record> R with(R base, Map<String, ?> changes) {
        RecordComponent[] components = base.getClass().getRecordComponents();
        try {
            Object[] values = new Object[components.length];
            for (int i = 0; i < values.length; i++) {
                Object changed = changes.get(components[i].getName());
                values[i] =
                        changed != null ? changed : components[i].getAccessor().invoke(base);
            }
            Class<?>[] types =
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            return (R) base.getClass().getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
