package io.millrace.ort.paged;

import io.millrace.api.Limits;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelRunnerProvider;
import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import io.millrace.ort.TestModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;

/** How these tests load models on the host. */
final class HostModels {
    private HostModels() {}

    static LoadedModel load(Path model, int tensorParallel, int shards, Limits limits) throws IOException {
        return new PagedRunnerProvider().load(options(model, "host", tensorParallel, shards, limits));
    }

    static LoadOptions options(Path model, String device, int tensorParallel, int shards, Limits limits) {
        return new LoadOptions(
                model,
                Path.of("target"),
                device,
                shards,
                OptionalInt.empty(),
                tensorParallel,
                2,
                ModelRunnerProvider.AUTO,
                ModelRunnerProvider.AUTO,
                limits);
    }

    /** A pool of as many blocks as all slots can fill. */
    static Limits limits(int maxBatch, int contextTokens, int tokenBudget, int blockTokens) {
        return TestModel.with(
                TestModel.limits(maxBatch, contextTokens, tokenBudget),
                Map.of(
                        "prefillChunk",
                        tokenBudget,
                        "blockTokens",
                        blockTokens,
                        "kvBlocks",
                        maxBatch * Math.ceilDiv(contextTokens, blockTokens)));
    }

    static Limits withBlocks(Limits limits, int kvBlocks) {
        return TestModel.with(limits, Map.of("kvBlocks", kvBlocks));
    }
}
