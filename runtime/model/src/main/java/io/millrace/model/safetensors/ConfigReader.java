package io.millrace.model.safetensors;

import io.millrace.api.DecoderTraits;
import io.millrace.api.DecoderTraits.Activation;
import io.millrace.api.ModelManifest;
import io.millrace.model.gguf.Architecture;
import io.millrace.model.gguf.Checkpoint;
import java.io.IOException;
import java.util.Map;

/** What {@code config.json} says of a model. Rows of Q and K are never reordered in Hugging Face's files. */
final class ConfigReader {
    private static final Map<String, Architecture> FAMILIES = Map.of(
            "llama", Architecture.LLAMA,
            "mistral", Architecture.LLAMA,
            "qwen2", Architecture.QWEN2,
            "qwen3", Architecture.QWEN3,
            "gemma2", Architecture.GEMMA2,
            "gemma3_text", Architecture.GEMMA3);

    private static final Map<Activation, String> ACTIVATIONS =
            Map.of(Activation.SILU, "silu", Activation.GELU_TANH, "gelu_pytorch_tanh");

    private final JsonObject config;
    private final Architecture family;

    ConfigReader(JsonObject config) throws IOException {
        this.config = config;
        String type = config.text("model_type").orElseThrow(() -> config.wrong("model_type", "is missing"));
        this.family = FAMILIES.get(type);
        if (family == null) {
            throw config.wrong(
                    "model_type",
                    "\"" + type + "\" is not supported, only "
                            + String.join(
                                    ", ", FAMILIES.keySet().stream().sorted().toList()));
        }
    }

    private boolean gemma() {
        return family == Architecture.GEMMA2 || family == Architecture.GEMMA3;
    }

    /** Whether RMS norms multiply by one more than what is stored. */
    boolean normsLessOne() {
        return gemma();
    }

    boolean tied(boolean hasHead) throws IOException {
        return !hasHead || config.bool("tie_word_embeddings").orElse(gemma());
    }

    ModelManifest manifest(String name, Checkpoint tensors) throws IOException {
        int hidden = config.positive("hidden_size");
        int heads = config.positive("num_attention_heads");
        int kvHeads = config.positive("num_key_value_heads", heads);
        int headDim = config.positive("head_dim", Math.max(1, hidden / heads));
        if (heads % kvHeads != 0 || headDim % 2 != 0) {
            throw config.wrong(
                    "num_attention_heads",
                    "is " + heads + " for " + kvHeads + " key and value heads of " + headDim
                            + "; heads must share evenly and have pairs to rotate");
        }
        checkActivation();
        RopeReader rope = new RopeReader(config, headDim);
        return new ModelManifest(
                name,
                config.positive("num_hidden_layers"),
                hidden,
                heads,
                kvHeads,
                headDim,
                config.positive("intermediate_size"),
                config.positive("vocab_size"),
                config.positive("max_position_embeddings"),
                rope.base(),
                epsilon(),
                false,
                !tensors.has("output.weight"),
                tensors.has("blk.0.attn_q.bias"),
                traits(tensors, rope, hidden, headDim));
    }

    private DecoderTraits traits(Checkpoint tensors, RopeReader rope, int hidden, int headDim) throws IOException {
        int layers =
                Math.min(config.positive("num_hidden_layers"), tensors.tensors().size());
        return new DecoderTraits(
                tensors.has("blk.0.attn_q_norm.weight"),
                tensors.has("blk.0.post_attention_norm.weight"),
                family.activation(),
                family.embeddingScale(hidden),
                attentionScale(headDim),
                cap("attn_logit_softcapping"),
                cap("final_logit_softcapping"),
                rope.scaling(),
                new WindowReader(config, family).local(layers));
    }

    private void checkActivation() throws IOException {
        String expected = ACTIVATIONS.get(family.activation());
        for (String key : new String[] {"hidden_activation", "hidden_act"}) {
            if (config.text(key).isPresent()) {
                String found = config.text(key).get();
                if (!found.equals(expected)) {
                    throw config.wrong(key, "is \"" + found + "\", supported for this model is " + expected);
                }
                return;
            }
        }
    }

    /** 0 where it is the usual one. */
    private double attentionScale(int headDim) throws IOException {
        double scalar = config.real("query_pre_attn_scalar").orElse(headDim);
        if (scalar <= 0) {
            throw config.wrong("query_pre_attn_scalar", "is " + scalar + ", not above 0");
        }
        return scalar == headDim ? 0 : 1 / Math.sqrt(scalar);
    }

    private double cap(String key) throws IOException {
        double cap = config.real(key).orElse(0);
        if (cap < 0) {
            throw config.wrong(key, "is " + cap + ", below 0");
        }
        return cap;
    }

    private double epsilon() throws IOException {
        double epsilon = config.real("rms_norm_eps").orElse(1e-6);
        if (!(epsilon > 0 && epsilon < 1)) {
            throw config.wrong("rms_norm_eps", "is " + epsilon + ", not between 0 and 1");
        }
        return epsilon;
    }
}
