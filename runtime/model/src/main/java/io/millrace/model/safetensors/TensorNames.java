package io.millrace.model.safetensors;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** GGUF's names for Hugging Face's. */
final class TensorNames {
    private static final Pattern LAYER = Pattern.compile("model\\.layers\\.(\\d{1,5})\\.(.+)\\.(weight|bias)");

    private static final Map<String, String> WHOLE = Map.of(
            "model.embed_tokens.weight", "token_embd.weight",
            "model.norm.weight", "output_norm.weight",
            "lm_head.weight", "output.weight");

    private static final Map<String, String> PARTS = Map.ofEntries(
            Map.entry("input_layernorm", "attn_norm"),
            Map.entry("self_attn.q_proj", "attn_q"),
            Map.entry("self_attn.k_proj", "attn_k"),
            Map.entry("self_attn.v_proj", "attn_v"),
            Map.entry("self_attn.o_proj", "attn_output"),
            Map.entry("self_attn.q_norm", "attn_q_norm"),
            Map.entry("self_attn.k_norm", "attn_k_norm"),
            Map.entry("mlp.gate_proj", "ffn_gate"),
            Map.entry("mlp.up_proj", "ffn_up"),
            Map.entry("mlp.down_proj", "ffn_down"),
            Map.entry("pre_feedforward_layernorm", "ffn_norm"),
            Map.entry("post_feedforward_layernorm", "post_ffw_norm"));

    private static final String AFTER_ATTENTION = "post_attention_layernorm";

    private TensorNames() {}

    /**
     * GGUF's name; Hugging Face's own where GGUF has none; empty for what follows from the configuration.
     *
     * @param postNorms whether parts are normed before they are added: only then is the norm that comes "post attention" not
     *     the feed-forward part's
     */
    static Optional<String> gguf(String name, boolean postNorms) {
        if (name.endsWith(".rotary_emb.inv_freq")) {
            return Optional.empty();
        }
        Matcher layer = LAYER.matcher(name);
        if (!layer.matches()) {
            return Optional.of(WHOLE.getOrDefault(name, name));
        }
        String afterAttention = postNorms ? "post_attention_norm" : "ffn_norm";
        String part = layer.group(2).equals(AFTER_ATTENTION) ? afterAttention : PARTS.get(layer.group(2));
        return Optional.of(part == null ? name : "blk." + layer.group(1) + "." + part + "." + layer.group(3));
    }
}
