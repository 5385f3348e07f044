package io.millrace.model.paged;

import io.millrace.api.ModelManifest;

/** Models that tests cut. */
final class Manifests {
    private Manifests() {}

    /** The shape of SmolLM2 135M. */
    static ModelManifest smol() {
        return new ModelManifest("smol", 30, 576, 9, 3, 64, 1536, 49152, 8192, 100_000, 1e-5, true, true, false);
    }

    /** Two layers, a head of its own, biases. */
    static ModelManifest small() {
        return new ModelManifest("small", 2, 128, 4, 2, 32, 256, 512, 64, 10_000, 1e-5, true, false, true);
    }

    static Rank whole(ModelManifest model) {
        return ShardPlan.of(model, 1, 1).ranks().getFirst();
    }
}
