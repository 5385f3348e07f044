package io.millrace.model.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.DecoderTraits;
import io.millrace.api.LocalAttention;
import io.millrace.api.RopeScaling;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TraitsReaderTest {
    private final GgufWriter writer = TinyLlama.writer();

    private DecoderTraits read() throws GgufException {
        return ManifestReader.read(writer.open(), "tiny").traits();
    }

    @Test
    void aPlainLlamaHasNone() throws GgufException {
        assertEquals(DecoderTraits.NONE, read());
    }

    @Test
    void aWindowIsThatOfAllLayersOfALlama() throws GgufException {
        writer.uint32("llama.attention.sliding_window", 9);
        assertEquals(Optional.of(new LocalAttention(9, OptionalDouble.empty(), Set.of(0, 1))), read().local());
        assertFalse(read().turnsLocally());
    }

    @Test
    void thePatternOfAFileGoesBeforeItsFamilys() throws GgufException {
        writer.uint32("llama.attention.sliding_window", 9).uint32("llama.attention.sliding_window_pattern", 2);
        assertTrue(read().isLocal(0));
        assertFalse(read().isLocal(1));
    }

    @Test
    void aWindowWithoutEndIsRefused() {
        writer.uint32("llama.attention.sliding_window", -1);
        Refusal.anywhere("llama.attention.sliding_window: is 4294967295, not 0 to 2147483647", this::read);
    }

    @Test
    void linearScalingNeedsAFactor() throws GgufException {
        writer.string("llama.rope.scaling.type", "linear");
        Refusal.anywhere("llama.rope.scaling.factor: is missing", this::read);
        writer.float32("llama.rope.scaling.factor", 0.5f);
        Refusal.anywhere("llama.rope.scaling.factor: is 0.5, below 1", this::read);
        writer.float32("llama.rope.scaling.factor", 4);
        assertEquals(new RopeScaling(4, List.of()), read().ropeScaling());
    }

    @Test
    void thereIsADivisorForEachPairAndNoneIsZero() {
        TinyLlama.tensor(writer, "rope_freqs.weight", 0, 7);
        Refusal.anywhere(
                "tensor rope_freqs.weight: is rope_freqs.weight F32[7], not one divisor for each pair", this::read);
        writer.withoutTensor("rope_freqs.weight");
        TinyLlama.tensor(writer, "rope_freqs.weight", 0, 8);
        Refusal.anywhere("tensor rope_freqs.weight: has 0.0, not above 0", this::read);
    }

    @Test
    void capsAreNotNegative() throws GgufException {
        writer.float32("llama.final_logit_softcapping", 30);
        assertEquals(30, read().logitSoftcap());
        writer.float32("llama.final_logit_softcapping", -1);
        Refusal.anywhere("llama.final_logit_softcapping: is -1.0, below 0", this::read);
    }

    @Test
    void normsOfHeadsAreRefusedWhereTheirOrderIsUnknown() {
        TinyLlama.tensor(writer, "blk.0.attn_q_norm.weight", 0, 16);
        Refusal.anywhere(
                "tensor blk.0.attn_q_norm.weight: is not supported where Q is ordered for rotation of pairs",
                this::read);
    }
}
