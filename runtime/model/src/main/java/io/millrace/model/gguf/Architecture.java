package io.millrace.model.gguf;

import io.millrace.api.DecoderTraits.Activation;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a family of models does that its files do not say. All else is read from keys and from the tensors that are there;
 * past the readers of files nobody knows a family by its name.
 */
public enum Architecture {
    LLAMA("llama", true, Activation.SILU, false, 0),
    QWEN2("qwen2", false, Activation.SILU, false, 0),
    QWEN3("qwen3", false, Activation.SILU, false, 0),
    GEMMA2("gemma2", false, Activation.GELU_TANH, true, 2),
    GEMMA3("gemma3", false, Activation.GELU_TANH, true, 6);

    private final String ggufName;
    private final boolean ropeInterleaved;
    private final Activation activation;
    private final boolean embeddingScaled;
    private final int globalPeriod;

    /**
     * @param ropeInterleaved whether GGUF's converter orders Q and K rows for rotation of neighbouring pairs: for Llama it
     *     permutes what Hugging Face stores in halves
     * @param embeddingScaled whether embedded tokens are multiplied by the square root of the width
     * @param globalPeriod    where there is a sliding window, every so many-th layer has none; 0: all have it
     */
    Architecture(
            String ggufName,
            boolean ropeInterleaved,
            Activation activation,
            boolean embeddingScaled,
            int globalPeriod) {
        this.ggufName = ggufName;
        this.ropeInterleaved = ropeInterleaved;
        this.activation = activation;
        this.embeddingScaled = embeddingScaled;
        this.globalPeriod = globalPeriod;
    }

    /** By GGUF's {@code general.architecture}. */
    public static Optional<Architecture> named(String ggufName) {
        return Arrays.stream(values())
                .filter(family -> family.ggufName.equals(ggufName))
                .findFirst();
    }

    /** For error messages. */
    public static String names() {
        return Arrays.stream(values()).map(family -> family.ggufName).collect(Collectors.joining(", "));
    }

    public boolean ropeInterleaved() {
        return ropeInterleaved;
    }

    public Activation activation() {
        return activation;
    }

    /** Factor of embedded tokens of that width. */
    public double embeddingScale(int hidden) {
        return embeddingScaled ? Math.sqrt(hidden) : 1;
    }

    public int globalPeriod() {
        return globalPeriod;
    }
}
