package io.millrace.model.paged;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ModelManifest;
import io.millrace.api.TokenizerSpec;
import io.millrace.model.onnx.FloatFormats;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RandomModelTest {
    private static final ModelManifest TINY = RandomModel.TINY.manifest();
    private static final PagedPrecision FP32 = PagedPrecision.named("fp32", "auto", GraphDialect.HOST);
    private static final PagedPrecision FP8 = PagedPrecision.named("fp8", "auto", GraphDialect.HOST);

    @Test
    void modelsAreFoundByName() {
        assertEquals(Optional.of(RandomModel.DEEPSEEK_7B), RandomModel.named("random:deepseek-7b"));
        assertEquals(Optional.empty(), RandomModel.named("models/random.gguf"));
        assertEquals(
                "model \"random:grok\" is not known; known are random:deepseek-7b, random:deepseek-67b, random:tiny",
                assertThrows(IllegalArgumentException.class, () -> RandomModel.named("random:grok"))
                        .getMessage());
    }

    /** The published sizes: 7B has 6.9 and 67B 67.4 thousand million weights. */
    @Test
    void theShapesHaveTheRealOnesWeights() {
        assertEquals(6.9e9, weights(RandomModel.DEEPSEEK_7B), 0.05e9);
        assertEquals(67.4e9, weights(RandomModel.DEEPSEEK_67B), 0.1e9);
    }

    @Test
    void theSameWeightsAreDrawnEveryTime() throws IOException {
        RankWeights one = RankWeights.random(RandomModel.TINY, Manifests.whole(TINY), FP32);
        RankWeights other = RankWeights.random(RandomModel.TINY, Manifests.whole(TINY), FP32);
        for (WeightTensor tensor : one.tensors()) {
            assertArrayEquals(Tensors.bytes(one, tensor), Tensors.bytes(other, tensor));
        }
    }

    @Test
    void weightsHaveTheDeviationOfAFreshModelAndNormsAreOne() throws IOException {
        RankWeights weights = RankWeights.random(RandomModel.TINY, Manifests.whole(TINY), FP32);
        float[] down = Tensors.floats(weights, Tensors.named(weights, "layer1.down"));
        double sum = 0;
        double squares = 0;
        for (float weight : down) {
            sum += weight;
            squares += weight * weight;
        }
        assertEquals(0, sum / down.length, 3e-4);
        assertEquals(0.02, Math.sqrt(squares / down.length), 3e-4);
        float[] ones = new float[TINY.hidden()];
        Arrays.fill(ones, 1);
        assertArrayEquals(ones, Tensors.floats(weights, Tensors.named(weights, "output_norm")));
    }

    @Test
    void ranksCutTheSameModel() throws IOException {
        RankWeights whole = RankWeights.random(RandomModel.TINY, Manifests.whole(TINY), FP32);
        Rank second = ShardPlan.of(TINY, 2, 1).ranks().getLast();
        RankWeights half = RankWeights.random(RandomModel.TINY, second, FP32);
        float[] all = Tensors.floats(whole, Tensors.named(whole, "layer0.down"));
        float[] right = Tensors.floats(half, Tensors.named(half, "layer0.down"));
        for (int row = 0; row < TINY.hidden(); row++) {
            assertArrayEquals(
                    Arrays.copyOfRange(all, row * 512 + 256, row * 512 + 512),
                    Arrays.copyOfRange(right, row * 256, row * 256 + 256));
        }
    }

    @Test
    void eightBitWeightsAreThoseOfFullPrecision() throws IOException {
        RankWeights full = RankWeights.random(RandomModel.TINY, Manifests.whole(TINY), FP32);
        RankWeights eight = RankWeights.random(RandomModel.TINY, Manifests.whole(TINY), FP8);
        float[] weights = Tensors.floats(full, Tensors.named(full, "layer0.qkv"));
        byte[] codes = Tensors.bytes(eight, Tensors.named(eight, "layer0.qkv"));
        float[] scales = Tensors.floats(eight, Tensors.named(eight, "layer0.qkv.scales"));
        for (int i = 0; i < weights.length; i++) {
            float scale = scales[i / TINY.hidden()];
            float back = FloatFormats.fromE4m3(codes[i]) * scale;
            assertEquals(weights[i], back, Math.max(Math.abs(weights[i]) / 16, scale * 0x1p-10f) * 1.0001f);
        }
    }

    @Test
    void everyByteHasATokenAndEveryTokenItsOwnText() {
        TokenizerSpec spec = RandomModel.TINY.tokenizer();
        assertEquals(1024, spec.tokens().size());
        assertEquals(1024, new HashSet<>(spec.tokens()).size());
        assertTrue(spec.tokens().subList(0, 256).stream().allMatch(token -> token.length() == 1));
        assertEquals(
                List.of("A", "Ġ", "<|300|>"),
                List.of(
                        spec.tokens().get('A'),
                        spec.tokens().get(' '),
                        spec.tokens().get(300)));
    }

    private static double weights(RandomModel model) {
        return RankLayout.of(
                        model.manifest(),
                        Manifests.whole(model.manifest()),
                        PagedPrecision.named("fp16", "auto", GraphDialect.CUDA))
                .weights()
                .keySet()
                .stream()
                .filter(tensor -> !tensor.name().startsWith("rotary"))
                .mapToDouble(WeightTensor::elements)
                .sum();
    }
}
