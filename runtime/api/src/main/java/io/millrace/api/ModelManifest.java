package io.millrace.api;

import java.util.Objects;

/**
 * What a decoder-only model can do and how large it is. Graph builders read capabilities, never the architecture's name.
 *
 * @param name            what clients call it
 * @param layers          decoder layers
 * @param hidden          width of the residual stream
 * @param heads           query heads
 * @param kvHeads         key and value heads; fewer than {@code heads} where queries are grouped
 * @param headDim         width of one head
 * @param ffn             width of the gated feed-forward part
 * @param vocabulary      rows of the embedding
 * @param contextLength   most positions the model was trained for
 * @param ropeBase        base of the rotary embedding's frequencies
 * @param normEpsilon     epsilon of the RMS norms
 * @param ropeInterleaved whether Q and K rows in the file are ordered for rotation of neighbouring pairs
 * @param tiedEmbedding   whether the head is the embedding transposed
 * @param attentionBias   whether Q, K and V have a bias
 * @param traits          what else departs from a plain Llama
 */
public record ModelManifest(
        String name,
        int layers,
        int hidden,
        int heads,
        int kvHeads,
        int headDim,
        int ffn,
        int vocabulary,
        int contextLength,
        double ropeBase,
        double normEpsilon,
        boolean ropeInterleaved,
        boolean tiedEmbedding,
        boolean attentionBias,
        DecoderTraits traits) {
    public ModelManifest {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(traits, "traits");
    }

    /** A model without any {@link DecoderTraits}. */
    public ModelManifest(
            String name,
            int layers,
            int hidden,
            int heads,
            int kvHeads,
            int headDim,
            int ffn,
            int vocabulary,
            int contextLength,
            double ropeBase,
            double normEpsilon,
            boolean ropeInterleaved,
            boolean tiedEmbedding,
            boolean attentionBias) {
        this(
                name,
                layers,
                hidden,
                heads,
                kvHeads,
                headDim,
                ffn,
                vocabulary,
                contextLength,
                ropeBase,
                normEpsilon,
                ropeInterleaved,
                tiedEmbedding,
                attentionBias,
                DecoderTraits.NONE);
    }
}
