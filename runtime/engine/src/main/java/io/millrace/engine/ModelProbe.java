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
