package io.millrace.engine;

import io.millrace.api.Limits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/** Found through {@link java.util.ServiceLoader}, so that transport code cannot reach a session. */
public interface ModelRunnerProvider {
    /** A device or precision that the provider chooses. */
    String AUTO = "auto";

    /** Whether this provider runs models on {@code device}: {@code cpu}, {@code host}, {@code cuda:0,1}. The first that says so is taken. */
    boolean runsOn(String device);

    /** What {@link #AUTO} is to this provider on this machine, where it has anything. The first one's is taken; the CPU's comes last. */
    default Optional<String> automatic() {
        return Optional.empty();
    }

    /**
     * Maps, cuts and loads a model. Blocks for seconds.
     *
     * @throws IOException naming the file and what is wrong with it, or what would fit
     */
    LoadedModel load(LoadOptions options) throws IOException;

    /**
     * @param model          a GGUF file, or {@code random:SHAPE} for random weights where the provider has them
     * @param cache          a folder for what is derived from it; may be deleted at any time the model is not loading
     * @param device         where to run; not {@link #AUTO}
     * @param shards         pipeline stages to cut the layers into, 1 to the number of layers
     * @param stage          the only one of them to load, counted from 0, where others are loaded elsewhere; empty loads all
     * @param tensorParallel ranks that share each stage's matrices, at least 1; a GPU each
     * @param threads        threads of the CPU that compute a step, over all stages
     * @param precision      of the weights: {@code fp32}, {@code fp16}, {@code bf16}, {@code int8}, {@code int4},
     *                       {@code w8a8}, {@code fp8}, or {@link #AUTO}
     * @param kvPrecision    of the KV cache: {@code same} as the activations, {@code fp8}, or {@link #AUTO}
     * @param limits         for the size of the KV cache
     * @param replicas       whole copies that this process loads with these options, this one included: of a device that they share
     *                       each may have a part
     * @param cpuAttention   what computes attention where the device is the CPU
     */
    record LoadOptions(
            Path model,
            Path cache,
            String device,
            int shards,
            OptionalInt stage,
            int tensorParallel,
            int threads,
            String precision,
            String kvPrecision,
            Limits limits,
            int replicas,
            CpuAttention cpuAttention) {
        public LoadOptions {
            if (stage.isPresent() && (stage.getAsInt() < 0 || stage.getAsInt() >= shards)) {
                throw new IllegalArgumentException("stage " + stage.getAsInt() + " of " + shards);
            }
        }

        /** Of the only replica, with ONNX Runtime's attention. */
        public LoadOptions(
                Path model,
                Path cache,
                String device,
                int shards,
                OptionalInt stage,
                int tensorParallel,
                int threads,
                String precision,
                String kvPrecision,
                Limits limits) {
            this(
                    model,
                    cache,
                    device,
                    shards,
                    stage,
                    tensorParallel,
                    threads,
                    precision,
                    kvPrecision,
                    limits,
                    1,
                    CpuAttention.ONNXRUNTIME);
        }

        /** Stages that are loaded here. */
        public int loaded() {
            return stage.isPresent() ? 1 : shards;
        }
    }
}
