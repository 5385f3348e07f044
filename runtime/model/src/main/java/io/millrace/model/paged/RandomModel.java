package io.millrace.model.paged;

import io.millrace.api.ModelManifest;
import io.millrace.api.TokenizerSpec;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Models without a file: the shape of a real one, and random weights. They say nothing, as fast as the real one would
 * say something. Shapes are those of the {@code config.json} that is published with each.
 */
public enum RandomModel {
    /** DeepSeek LLM 7B. */
    DEEPSEEK_7B(shape("random:deepseek-7b", 30, 4096, 32, 32, 128, 11_008, 102_400)),
    /** DeepSeek LLM 67B. */
    DEEPSEEK_67B(shape("random:deepseek-67b", 95, 8192, 64, 8, 128, 22_016, 102_400)),
    /** For tests. */
    TINY(shape("random:tiny", 2, 256, 4, 2, 64, 512, 1024));

    private static final String PREFIX = "random:";

    private final ModelManifest manifest;

    RandomModel(ModelManifest manifest) {
        this.manifest = manifest;
    }

    /**
     * The model of this name, empty where the name is one of a file.
     *
     * @throws IllegalArgumentException for a shape that is not in the table; the message lists those that are
     */
    public static Optional<RandomModel> named(String name) {
        if (!name.startsWith(PREFIX)) {
            return Optional.empty();
        }
        Optional<RandomModel> found = Arrays.stream(values())
                .filter(model -> model.manifest.name().equals(name))
                .findFirst();
        if (found.isEmpty()) {
            String known =
                    Arrays.stream(values()).map(model -> model.manifest.name()).collect(Collectors.joining(", "));
            throw new IllegalArgumentException("model \"" + name + "\" is not known; known are " + known);
        }
        return found;
    }

    public ModelManifest manifest() {
        return manifest;
    }

    public TokenizerSpec tokenizer() {
        return RandomVocabulary.of(manifest.vocabulary());
    }

    private static ModelManifest shape(
            String name, int layers, int hidden, int heads, int kvHeads, int headDim, int ffn, int vocabulary) {
        return new ModelManifest(
                name,
                layers,
                hidden,
                heads,
                kvHeads,
                headDim,
                ffn,
                vocabulary,
                4096,
                10_000,
                1e-6,
                false,
                false,
                false);
    }
}
