package io.millrace.model.paged;

import io.millrace.api.DecoderTraits;
import io.millrace.api.DecoderTraits.Activation;
import io.millrace.api.ModelManifest;
import java.util.ArrayList;
import java.util.List;

/** Refuses models that do what graphs over a paged cache do not; rotary scaling they can. */
final class TraitsCheck {
    private TraitsCheck() {}

    /** @throws IllegalArgumentException naming all that is not supported */
    static void check(ModelManifest model) {
        DecoderTraits traits = model.traits();
        List<String> unsupported = new ArrayList<>();
        add(unsupported, traits.queryKeyNorm(), "norms of query and key");
        add(unsupported, traits.postNorms(), "norms after attention and feed-forward part");
        add(unsupported, traits.activation() != Activation.SILU, "the activation " + traits.activation());
        add(unsupported, traits.embeddingScale() != 1, "scaled embeddings");
        add(unsupported, traits.attentionScale() != 0, "an attention scale of its own");
        add(unsupported, traits.attentionSoftcap() != 0, "soft-capped attention");
        add(unsupported, traits.logitSoftcap() != 0, "soft-capped logits");
        add(unsupported, traits.local().isPresent(), "sliding-window attention");
        if (!unsupported.isEmpty()) {
            throw new IllegalArgumentException(model.name()
                    + " runs on the device cpu only: a paged cache does not support " + String.join(", ", unsupported));
        }
    }

    private static void add(List<String> unsupported, boolean used, String name) {
        if (used) {
            unsupported.add(name);
        }
    }
}
