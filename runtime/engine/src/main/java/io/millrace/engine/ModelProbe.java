package io.millrace.engine;

import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;

/** Runs models for those who measure rather than serve them. Found through {@link java.util.ServiceLoader}. */
public interface ModelProbe {
    /** As {@link ModelRunnerProvider#runsOn}. */
    boolean runsOn(String device);

    /**
     * A model whose steps show the logits of every token they compute, and sample none.
     *
     * @param options for one shard
     */
    Probed scored(LoadOptions options, LogitSink sink) throws IOException;

    /**
     * A model that notes the time of every node of its graphs.
     *
     * @param folder where each stage writes a file of trace events in JSON, complete once the model is closed
     */
    Probed profiled(LoadOptions options, Path folder) throws IOException;

    /** Gives memory of models that are closed back to the system, so that the next one's can be told from it. */
    void releaseMemory();

    /** Measures, in about a second, what the device gives where nothing else runs on it. */
    Peaks peaks(int threads) throws IOException, InterruptedException;

    /**
     * The bounds of a step: it reads every weight once, and multiplies each with every row.
     *
     * @param bytesPerSecond         read from memory
     * @param floatProductsPerSecond multiplications with their additions, both factors float32
     * @param byteProductsPerSecond  the same of 8-bit integers
     */
    record Peaks(double bytesPerSecond, double floatProductsPerSecond, double byteProductsPerSecond) {
        /** One line, in thousands of millions. */
        @Override
        public String toString() {
            return "reads %.1f GB/s, multiplies %.0f G/s in float32 and %.0f G/s in 8 bits"
                    .formatted(bytesPerSecond / 1e9, floatProductsPerSecond / 1e9, byteProductsPerSecond / 1e9);
        }
    }

    /** @param weightBytes of the file of weights that the model maps */
    record Probed(LoadedModel model, long weightBytes) {}

    /** Called on the thread that runs the step. */
    @FunctionalInterface
    interface LogitSink {
        /**
         * @param position of the token in its sequence
         * @param logits   of the token that follows, one per entry of the vocabulary; valid during the call
         */
        void accept(int position, FloatBuffer logits);
    }
}
