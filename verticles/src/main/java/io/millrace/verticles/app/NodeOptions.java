package io.millrace.verticles.app;

import io.millrace.verticles.app.config.NodeConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The flags that change a node's configuration, for every command that runs a model. */
final class NodeOptions {
    @Mixin
    private ConfigOptions config;

    @Option(
            names = "--model",
            paramLabel = "NAME|FILE",
            description = {
                "A model of conf/models.yaml, a GGUF file, a directory of safetensors or of convert's, or random weights to measure"
                        + " speed with:",
                "random:tiny, random:deepseek-7b, random:deepseek-67b."
            })
    private Optional<String> model = Optional.empty();

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads that compute steps, of all replicas (0: one per core).")
    private Optional<String> threads = Optional.empty();

    @Option(
            names = "--numa",
            paramLabel = "NODE",
            description = "Keep threads and memory on this NUMA node: a number, auto or off (default: off).")
    private Optional<String> numa = Optional.empty();

    @Option(
            names = "--replicas",
            paramLabel = "N",
            description =
                    "Whole copies of the model, on equal groups of the GPUs or shares of the threads (default: 1).")
    private Optional<String> replicas = Optional.empty();

    @Option(names = "--shards", paramLabel = "N", description = "Pipeline stages to cut the model into.")
    private Optional<String> shards = Optional.empty();

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            description =
                    "Where the model runs: cpu, cuda:0, cuda:0,1, or auto, the first GPU where it can be used, else the CPU.")
    private Optional<String> device = Optional.empty();

    @Option(
            names = "--tensor-parallel",
            paramLabel = "N",
            description =
                    "GPUs that share the matrices of each stage (0: all that --device names, over replicas and shards).")
    private Optional<String> tensorParallel = Optional.empty();

    @Option(
            names = "--precision",
            paramLabel = "NAME",
            description = "Of the weights: auto, fp32, fp16, bf16, int8, int4, w8a8, fp8.")
    private Optional<String> precision = Optional.empty();

    @Option(names = "--kv-precision", paramLabel = "NAME", description = "Of the KV cache: auto, same, fp8.")
    private Optional<String> kvPrecision = Optional.empty();

    @Option(names = "--max-batch", paramLabel = "N", description = "Sequences in one step (default: 32).")
    private Optional<String> maxBatch = Optional.empty();

    @Option(names = "--context-tokens", paramLabel = "N", description = "Positions per sequence (default: 2048).")
    private Optional<String> contextTokens = Optional.empty();

    @Option(
            names = "--kv-blocks",
            paramLabel = "N",
            description = "Blocks of the KV cache (default: every sequence of a batch at full length).")
    private Optional<String> kvBlocks = Optional.empty();

    @Option(names = "--token-budget", paramLabel = "N", description = "Tokens in one step (default: 4096).")
    private Optional<String> tokenBudget = Optional.empty();

    @Option(
            names = "--prefill-chunk",
            paramLabel = "N",
            description = "Prompt tokens of one sequence in one step (default: 512).")
    private Optional<String> prefillChunk = Optional.empty();

    /** The model as it was given, empty where it was not. */
    String model() {
        return model.orElse("");
    }

    /** The precision as it was given. */
    Optional<String> precision() {
        return precision;
    }

    /** The checked configuration of a node that is alone. */
    NodeConfig load(Map<String, String> flags) {
        return load(Optional.empty(), flags);
    }

    /**
     * The checked configuration.
     *
     * @param cluster the file of {@code --cluster}
     * @param flags   the command's own settings by key; they win over all else
     */
    NodeConfig load(Optional<Path> cluster, Map<String, String> flags) {
        Map<String, String> all = new LinkedHashMap<>();
        model.ifPresent(value -> all.put("model", value));
        threads.ifPresent(value -> all.put("threads", value));
        numa.ifPresent(value -> all.put("numa", value));
        replicas.ifPresent(value -> all.put("replicas", value));
        shards.ifPresent(value -> all.put("shards", value));
        device.ifPresent(value -> all.put("device", value));
        tensorParallel.ifPresent(value -> all.put("tensor-parallel", value));
        precision.ifPresent(value -> all.put("precision", value));
        kvPrecision.ifPresent(value -> all.put("kv-precision", value));
        maxBatch.ifPresent(value -> all.put("limits.max-batch", value));
        contextTokens.ifPresent(value -> all.put("limits.context-tokens", value));
        kvBlocks.ifPresent(value -> all.put("limits.kv-blocks", value));
        tokenBudget.ifPresent(value -> all.put("limits.token-budget", value));
        prefillChunk.ifPresent(value -> all.put("limits.prefill-chunk", value));
        all.putAll(flags);
        return config.load(cluster, all);
    }
}
