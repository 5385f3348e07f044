package io.millrace.model.gguf;

import io.millrace.api.ModelManifest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * Holds a manifest against a model's tensors, by the names that GGUF's converters give them.
 *
 * <p>A tensor that is missing, of another shape or of an unsupported type is refused, and so is one that no layer
 * uses: a graph without it would run, and write nonsense.
 */
public final class TensorCheck {
    private final Checkpoint file;
    private final Set<String> used = new HashSet<>();

    private TensorCheck(Checkpoint file) {
        this.file = file;
    }

    /** @throws GgufException naming the tensor */
    public static void check(Checkpoint file, ModelManifest manifest) throws GgufException {
        TensorCheck check = new TensorCheck(file);
        check.expect("token_embd.weight", manifest.vocabulary(), manifest.hidden());
        for (int layer = 0; layer < manifest.layers(); layer++) {
            check.attention("blk." + layer + ".", manifest);
            check.feedForward("blk." + layer + ".", manifest);
        }
        check.expect("output_norm.weight", manifest.hidden());
        if (file.has(TraitsReader.ROPE_DIVISORS)) {
            check.expect(TraitsReader.ROPE_DIVISORS, manifest.headDim() / 2);
        }
        if (!manifest.tiedEmbedding()) {
            check.expect("output.weight", manifest.vocabulary(), manifest.hidden());
        }
        check.refuseUnused();
    }

    private void attention(String layer, ModelManifest manifest) throws GgufException {
        long hidden = manifest.hidden();
        long queries = (long) manifest.heads() * manifest.headDim();
        long keys = (long) manifest.kvHeads() * manifest.headDim();
        expect(layer + "attn_norm.weight", hidden);
        expect(layer + "attn_q.weight", queries, hidden);
        expect(layer + "attn_k.weight", keys, hidden);
        expect(layer + "attn_v.weight", keys, hidden);
        expect(layer + "attn_output.weight", hidden, queries);
        if (manifest.attentionBias()) {
            expect(layer + "attn_q.bias", queries);
            expect(layer + "attn_k.bias", keys);
            expect(layer + "attn_v.bias", keys);
        }
        if (manifest.traits().queryKeyNorm()) {
            expect(layer + "attn_q_norm.weight", manifest.headDim());
            expect(layer + "attn_k_norm.weight", manifest.headDim());
        }
        if (manifest.traits().postNorms()) {
            expect(layer + "post_attention_norm.weight", hidden);
            expect(layer + "post_ffw_norm.weight", hidden);
        }
    }

    private void feedForward(String layer, ModelManifest manifest) throws GgufException {
        expect(layer + "ffn_norm.weight", manifest.hidden());
        expect(layer + "ffn_gate.weight", manifest.ffn(), manifest.hidden());
        expect(layer + "ffn_up.weight", manifest.ffn(), manifest.hidden());
        expect(layer + "ffn_down.weight", manifest.hidden(), manifest.ffn());
    }

    private void expect(String name, long... shape) throws GgufException {
        GgufTensor tensor = file.tensor(name);
        if (!Arrays.equals(tensor.shape(), shape)) {
            String problem =
                    "has shape " + Arrays.toString(tensor.shape()) + ", the metadata ask for " + Arrays.toString(shape);
            throw GgufException.of("tensor " + name, problem);
        }
        if (!tensor.type().supported()) {
            throw GgufException.unsupported(tensor);
        }
        used.add(name);
    }

    private void refuseUnused() throws GgufException {
        for (GgufTensor tensor : file.tensors()) {
            if (!used.contains(tensor.name())) {
                throw GgufException.of("tensor " + tensor.name(), "is no part of a model that is supported");
            }
        }
    }
}
