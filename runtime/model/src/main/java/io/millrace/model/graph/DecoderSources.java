package io.millrace.model.graph;

import io.millrace.api.ModelManifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Which tensors of a checkpoint, by GGUF's names, make up each matrix of a decoder, and what is folded into them. */
final class DecoderSources {
    private static final String OUTPUT_NORM = "output_norm.weight";

    private final ModelManifest model;
    private final Optional<DecoderBasis> basis;

    DecoderSources(ModelManifest model, Optional<DecoderBasis> basis) {
        this.model = model;
        this.basis = basis;
    }

    MatrixSource embedding() {
        MatrixPart table = MatrixPart.of("token_embd", model.vocabulary(), change(DecoderBasis::table));
        return MatrixSource.of("embedding", model.hidden(), table);
    }

    /** A head with regions of its own. */
    MatrixSource head() {
        String tensor = model.tiedEmbedding() ? "token_embd" : "output";
        MatrixPart part = MatrixPart.of(tensor, model.vocabulary(), change(in -> in.fromHidden(OUTPUT_NORM)));
        return MatrixSource.of("head", model.hidden(), part);
    }

    MatrixSource queryKeyValue(int layer) {
        int queries = model.heads() * model.headDim();
        int keys = model.kvHeads() * model.headDim();
        String norm = norm(layer, "attn_norm");
        RowOrder rotated = model.ropeInterleaved() ? RowOrder.halves(model.headDim()) : RowOrder.AS_STORED;
        BasisChange fromHidden = change(in -> in.fromHidden(norm));
        MatrixPart values = MatrixPart.of(tensor(layer, "attn_v"), keys, change(in -> in.toValues(norm)));
        List<MatrixPart> parts = new ArrayList<>(List.of(
                new MatrixPart(tensor(layer, "attn_q"), queries, rotated, fromHidden, false),
                new MatrixPart(tensor(layer, "attn_k"), keys, rotated, fromHidden, false),
                values));
        if (basis.isPresent()) {
            parts.add(values.lost());
        }
        return new MatrixSource("layer" + layer + ".qkv", model.hidden(), model.attentionBias(), parts);
    }

    MatrixSource attentionOut(int layer) {
        BasisChange change = change(DecoderBasis::fromValues);
        MatrixPart part = MatrixPart.of(tensor(layer, "attn_output"), model.hidden(), change);
        return MatrixSource.of("layer" + layer + ".attention_out", model.heads() * model.headDim(), part);
    }

    MatrixSource gateUp(int layer) {
        BasisChange change = change(in -> in.fromHidden(norm(layer, "ffn_norm")));
        MatrixPart gate = MatrixPart.of(tensor(layer, "ffn_gate"), model.ffn(), change);
        MatrixPart up = MatrixPart.of(tensor(layer, "ffn_up"), model.ffn(), change);
        return MatrixSource.of("layer" + layer + ".gate_up", model.hidden(), gate, up);
    }

    MatrixSource down(int layer) {
        BasisChange change = change(DecoderBasis::fromFeedForward);
        MatrixPart part = MatrixPart.of(tensor(layer, "ffn_down"), model.hidden(), change);
        return MatrixSource.of("layer" + layer + ".down", model.ffn(), part);
    }

    String outputNorm() {
        return OUTPUT_NORM;
    }

    /** The tensor with the weights of a layer's norm. */
    String norm(int layer, String name) {
        return tensor(layer, name) + ".weight";
    }

    private static String tensor(int layer, String name) {
        return "blk." + layer + "." + name;
    }

    private BasisChange change(Function<DecoderBasis, BasisChange> change) {
        return basis.map(change).orElse(BasisChange.NONE);
    }
}
