package io.millrace.model.paged;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.DecoderTraits;
import io.millrace.api.DecoderTraits.Activation;
import io.millrace.api.LocalAttention;
import io.millrace.api.ModelManifest;
import io.millrace.api.RopeScaling;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TraitsCheckTest {
    private static ModelManifest with(DecoderTraits traits) {
        return new ModelManifest("m", 1, 32, 2, 1, 16, 64, 6, 128, 10_000, 1e-5, false, true, false, traits);
    }

    @Test
    void rotaryScalingIsSupported() {
        DecoderTraits scaled = new DecoderTraits(
                false, false, Activation.SILU, 1, 0, 0, 0, new RopeScaling(8, List.of()), Optional.empty());
        assertDoesNotThrow(() -> TraitsCheck.check(with(scaled)));
    }

    @Test
    void everythingElseIsRefusedByName() {
        LocalAttention local = new LocalAttention(4, OptionalDouble.empty(), Set.of(0));
        ModelManifest all = with(new DecoderTraits(
                true, true, Activation.GELU_TANH, 2, 0.5, 50, 30, RopeScaling.NONE, Optional.of(local)));
        String message = assertThrows(IllegalArgumentException.class, () -> TraitsCheck.check(all))
                .getMessage();
        for (String name : List.of(
                "query and key",
                "norms after",
                "GELU_TANH",
                "embeddings",
                "attention scale",
                "soft-capped attention",
                "soft-capped logits",
                "sliding-window")) {
            assertTrue(message.contains(name), () -> name + " is not named in: " + message);
        }
    }
}
