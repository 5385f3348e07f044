package io.millrace.api;

import java.util.Objects;
import java.util.Optional;

/**
 * What a decoder does that a plain Llama does not. A factor of 1 and a cap of 0 change nothing.
 *
 * @param queryKeyNorm     whether each head's query and key are RMS-normed before they are rotated (Qwen 3, Gemma 3)
 * @param postNorms        whether the results of attention and feed-forward part are normed before they are added to the
 *                         residual stream (Gemma 2 and 3)
 * @param activation       of the feed-forward part's gate
 * @param embeddingScale   factor of the embedded tokens; the head does not have it (Gemma: the square root of the width)
 * @param attentionScale   factor of query times key; 0 is the usual {@code 1 / sqrt(headDim)}
 * @param attentionSoftcap attention scores s become {@code cap * tanh(s / cap)} (Gemma 2)
 * @param logitSoftcap     the same for logits (Gemma 2)
 * @param ropeScaling      of all layers but local ones with a rotary embedding of their own
 * @param local            layers that see the last positions only
 */
public record DecoderTraits(
        boolean queryKeyNorm,
        boolean postNorms,
        Activation activation,
        double embeddingScale,
        double attentionScale,
        double attentionSoftcap,
        double logitSoftcap,
        RopeScaling ropeScaling,
        Optional<LocalAttention> local) {
    /** A plain Llama's. */
    public static final DecoderTraits NONE =
            new DecoderTraits(false, false, Activation.SILU, 1, 0, 0, 0, RopeScaling.NONE, Optional.empty());

    /** Of the gate, before it is multiplied with the other half. */
    public enum Activation {
        /** {@code x * sigmoid(x)}: SwiGLU. */
        SILU,
        /** GELU in its approximation by tanh: GeGLU. */
        GELU_TANH
    }

    public DecoderTraits {
        Objects.requireNonNull(activation, "activation");
        Objects.requireNonNull(ropeScaling, "ropeScaling");
        Objects.requireNonNull(local, "local");
    }

    /** Whether local layers have a rotary embedding of their own. */
    public boolean turnsLocally() {
        return local.isPresent() && local.get().ropeBase().isPresent();
    }

    /** Whether layer {@code i} sees the last positions only. */
    public boolean isLocal(int i) {
        return local.isPresent() && local.get().layers().contains(i);
    }
}
