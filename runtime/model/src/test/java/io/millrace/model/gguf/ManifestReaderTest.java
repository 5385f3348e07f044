package io.millrace.model.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ModelManifest;
import org.junit.jupiter.api.Test;

class ManifestReaderTest {
    private final GgufWriter writer = TinyLlama.writer();

    private ModelManifest read() throws GgufException {
        return ManifestReader.read(writer.open(), "tiny");
    }

    @Test
    void aCompleteFileIsRead() throws GgufException {
        ModelManifest expected =
                new ModelManifest("tiny", 2, 32, 2, 1, 16, 64, 6, 128, 50_000, 0x1p-17, true, true, false);
        assertEquals(expected, read());
    }

    @Test
    void aHeadAndBiasesOfItsOwnAreSeen() throws GgufException {
        TinyLlama.tensor(writer, "output.weight", 8, TinyLlama.VOCABULARY, TinyLlama.HIDDEN);
        for (int layer = 0; layer < 2; layer++) {
            TinyLlama.tensor(writer, "blk." + layer + ".attn_q.bias", 0, 32);
            TinyLlama.tensor(writer, "blk." + layer + ".attn_k.bias", 0, 16);
            TinyLlama.tensor(writer, "blk." + layer + ".attn_v.bias", 0, 16);
        }
        assertFalse(read().tiedEmbedding());
        assertTrue(read().attentionBias());
    }

    @Test
    void anotherArchitectureIsRefused() {
        writer.string("general.architecture", "mamba");
        Refusal.anywhere(
                "general.architecture: \"mamba\" is not supported, only llama, qwen2, qwen3, gemma2, gemma3",
                this::read);
    }

    @Test
    void headsMustShareEvenly() {
        writer.uint32("llama.attention.head_count_kv", 3);
        Refusal.anywhere("llama.attention.head_count: 2 query heads cannot share 3 key and value heads", this::read);
    }

    @Test
    void sizesAreAboveZero() {
        writer.uint32("llama.block_count", 0);
        Refusal.anywhere("llama.block_count: is 0, not 1 to 2147483647", this::read);
        writer.uint32("llama.block_count", -1);
        Refusal.anywhere("llama.block_count: is 4294967295, not 1 to 2147483647", this::read);
        writer.without("llama.block_count");
        Refusal.anywhere("llama.block_count: is missing", this::read);
    }

    @Test
    void aLayerThatIsNotThereIsMissed() {
        writer.uint32("llama.block_count", Integer.MAX_VALUE);
        Refusal.anywhere("tensor blk.2.attn_norm.weight: is missing", this::read);
    }

    @Test
    void aLayerTooManyIsNoticed() {
        writer.uint32("llama.block_count", 1);
        Refusal.anywhere("tensor blk.1.attn_norm.weight: is no part of a model that is supported", this::read);
    }

    @Test
    void shapesMustAgree() {
        writer.uint32("llama.feed_forward_length", 96);
        Refusal.anywhere("tensor blk.0.ffn_gate.weight: has shape [64, 32], the metadata ask for [96, 32]", this::read);
    }

    @Test
    void weightsOfATypeThatCannotBeRunAreRefused() {
        writer.uint32("llama.feed_forward_length", 256);
        for (int layer = 0; layer < 2; layer++) {
            for (String part : new String[] {"gate", "up", "down"}) {
                String name = "blk." + layer + ".ffn_" + part + ".weight";
                boolean down = part.equals("down");
                writer.withoutTensor(name);
                TinyLlama.tensor(writer, name, down ? 10 : 3, down ? 32 : 256, down ? 256 : 32);
            }
        }
        Refusal.anywhere(
                "tensor blk.0.ffn_down.weight: is of type Q2_K, supported are"
                        + " F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, BF16, Q4_K, Q5_K, Q6_K",
                this::read);
    }

    @Test
    void whatNoGraphComputesIsRefused() {
        writer.uint32("llama.expert_count", 8);
        Refusal.anywhere("llama.expert_count: is not supported", this::read);
        writer.uint32("llama.expert_count", 0).string("llama.rope.scaling.type", "yarn");
        Refusal.anywhere("llama.rope.scaling.type: \"yarn\" is not supported, only none and linear", this::read);
    }

    @Test
    void aHeadIsAsWideForKeysAsForValues() {
        writer.uint32("llama.attention.value_length", 8);
        Refusal.anywhere("llama.attention.value_length: differs from the head's width of 16", this::read);
    }

    @Test
    void theNormsNeedAnEpsilon() {
        writer.float32("llama.attention.layer_norm_rms_epsilon", -1);
        Refusal.anywhere("llama.attention.layer_norm_rms_epsilon: is -1.0, not between 0 and 1", this::read);
    }

    @Test
    void rotationNeedsABaseAndPairs() {
        writer.float32("llama.rope.freq_base", 0);
        Refusal.anywhere("llama.rope.freq_base: is 0.0, not above 1", this::read);
        writer.float32("llama.rope.freq_base", Float.POSITIVE_INFINITY);
        Refusal.anywhere("llama.rope.freq_base: is Infinity", this::read);
        writer.uint32("llama.attention.key_length", 15);
        Refusal.anywhere("head width: 15 is odd, rotation needs pairs", this::read);
    }
}
