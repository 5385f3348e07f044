package io.millrace.model.gguf;

/** A right and complete Llama file of a few kilobytes: 2 layers, 2 query heads on 1 key head, 6 tokens. */
final class TinyLlama {
    static final int HIDDEN = 32;
    static final int FFN = 64;
    static final int VOCABULARY = 6;

    private static final int F32 = 0;
    private static final int Q4_1 = 3;
    private static final int Q8_0 = 8;

    private TinyLlama() {}

    static GgufWriter writer() {
        GgufWriter writer = new GgufWriter();
        metadata(writer);
        tokenizer(writer);
        tensor(writer, "token_embd.weight", Q8_0, VOCABULARY, HIDDEN);
        for (int layer = 0; layer < 2; layer++) {
            String prefix = "blk." + layer + ".";
            tensor(writer, prefix + "attn_norm.weight", F32, HIDDEN);
            tensor(writer, prefix + "attn_q.weight", Q4_1, HIDDEN, HIDDEN);
            tensor(writer, prefix + "attn_k.weight", Q4_1, HIDDEN / 2, HIDDEN);
            tensor(writer, prefix + "attn_v.weight", Q4_1, HIDDEN / 2, HIDDEN);
            tensor(writer, prefix + "attn_output.weight", Q4_1, HIDDEN, HIDDEN);
            tensor(writer, prefix + "ffn_norm.weight", F32, HIDDEN);
            tensor(writer, prefix + "ffn_gate.weight", Q4_1, FFN, HIDDEN);
            tensor(writer, prefix + "ffn_up.weight", Q4_1, FFN, HIDDEN);
            tensor(writer, prefix + "ffn_down.weight", Q4_1, HIDDEN, FFN);
        }
        tensor(writer, "output_norm.weight", F32, HIDDEN);
        return writer;
    }

    /** Zeroes of the right length. */
    static void tensor(GgufWriter writer, String name, int typeId, long... shape) {
        GgmlType type = GgmlType.byId(typeId).orElseThrow();
        long elements = 1;
        for (long dimension : shape) {
            elements *= dimension;
        }
        byte[] zeroes = new byte[(int) (elements / type.blockSize() * type.blockBytes())];
        writer.tensor(name, typeId, zeroes, shape);
    }

    private static void metadata(GgufWriter writer) {
        writer.string("general.architecture", "llama")
                .uint32("llama.block_count", 2)
                .uint32("llama.context_length", 128)
                .uint32("llama.embedding_length", HIDDEN)
                .uint32("llama.feed_forward_length", FFN)
                .uint32("llama.attention.head_count", 2)
                .uint32("llama.attention.head_count_kv", 1)
                .float32("llama.rope.freq_base", 50_000)
                .float32("llama.attention.layer_norm_rms_epsilon", 0x1p-17f);
    }

    private static void tokenizer(GgufWriter writer) {
        writer.string("tokenizer.ggml.model", "gpt2")
                .string("tokenizer.ggml.pre", "smollm")
                .strings("tokenizer.ggml.tokens", "<s>", "</s>", "a", "b", "ab", "é")
                .int32s("tokenizer.ggml.token_type", 3, 3, 1, 1, 1, 1)
                .strings("tokenizer.ggml.merges", "a b")
                .uint32("tokenizer.ggml.bos_token_id", 0)
                .uint32("tokenizer.ggml.eos_token_id", 1)
                .bool("tokenizer.ggml.add_bos_token", 1)
                .string("tokenizer.chat_template", "{{ messages }}");
    }
}
