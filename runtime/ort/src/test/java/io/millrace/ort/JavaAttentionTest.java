package io.millrace.ort;

import static io.millrace.ort.Steps.randomTokens;
import static io.millrace.ort.Steps.range;
import static io.millrace.ort.Steps.slice;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Limits;
import io.millrace.api.ModelManifest;
import io.millrace.engine.CpuAttention;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelConverter.Order;
import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import io.millrace.model.checkpoint.OpenedModel;
import io.millrace.model.graph.WeightPrecision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link CpuStageTest} does not prove of attention in Java: that it is ONNX Runtime's, and which models it is for. */
class JavaAttentionTest {
    private static final Limits LIMITS = TestModel.limits(4, 64, 64);
    private static final int[] PROMPT = randomTokens(40, TinyModel.VOCABULARY, 1);

    /** Of a logit, where all is float32. */
    private static final float ROUNDING = 1e-4f;

    @TempDir
    private Path folder;

    @Test
    void logitsAreThoseOfOnnxRuntimesAttentionButForRounding() throws Exception {
        float[][] theirs = logits(CpuAttention.ONNXRUNTIME);
        float[][] ours = logits(CpuAttention.JAVA);
        for (int i = 0; i < theirs.length; i++) {
            assertArrayEquals(theirs[i], ours[i], ROUNDING, "step " + i);
        }
    }

    /** Of a prompt, of what goes on from it as a chunk, and of rows of other lengths. */
    private static float[][] logits(CpuAttention attention) throws Exception {
        try (RecordedModel model = new RecordedModel(
                TestModel.tiny(CpuAttention.JAVA), LIMITS, WeightPrecision.FP32, TestModel.CACHE, 2, attention)) {
            model.steps.run(slice(1, 0, range(PROMPT, 0, 21)));
            float[] prompt = model.logits().get(1);
            model.steps.run(slice(1, 21, range(PROMPT, 21, 40)));
            float[] chunk = model.logits().get(1);
            model.steps.run(slice(2, 0, range(PROMPT, 5, 22)));
            model.steps.run(slice(1, 40, 7), slice(2, 17, 8));
            return new float[][] {
                prompt, chunk, model.logits().get(1), model.logits().get(2)
            };
        }
    }

    @Test
    void shardsAndAConvertedDirectoryGiveTheTokensOfTheWholeModel() throws Exception {
        Path model = TestModel.tiny(CpuAttention.JAVA);
        int[] whole = generate(options(model, 1));
        assertArrayEquals(whole, generate(options(model, 3)));
        Path converted = folder.resolve("converted");
        new CpuConverter().convert(new Order(model, "int8", 2, converted));
        assertArrayEquals(whole, generate(options(converted, 1)));
    }

    private LoadOptions options(Path model, int shards) {
        return TestModel.with(TestModel.options(model, folder.resolve("cache"), shards, 2, LIMITS), CpuAttention.JAVA);
    }

    private static int[] generate(LoadOptions options) throws Exception {
        try (LoadedModel loaded = new CpuRunnerProvider().load(options)) {
            return new Steps(loaded).generate(3, PROMPT, 10);
        }
    }

    @Test
    void aModelWhoseHeadsAreNotWholeVectorsIsRefused() throws Exception {
        Path narrow = TinyModel.write(folder, 7);
        IOException refusal = assertThrows(IOException.class, () -> new CpuRunnerProvider().load(options(narrow, 1)));
        assertTrue(refusal.getMessage().startsWith("cpu-attention: java needs heads"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("multiple of 32"), refusal.getMessage());
        assertTrue(refusal.getMessage().endsWith("have 16"), refusal.getMessage());
    }

    @Test
    void whatTheJvmAndTheMachineLackIsNamed() throws Exception {
        try (OpenedModel opened = OpenedModel.open(TestModel.tiny(CpuAttention.JAVA))) {
            ModelManifest model = opened.manifest();
            assertEquals(Optional.empty(), JavaAttention.missing(model, true, true));
            assertTrue(JavaAttention.missing(model, false, false)
                    .orElseThrow()
                    .contains("MILLRACE_JAVA_OPTS=\"--add-modules jdk.incubator.vector\""));
            assertTrue(JavaAttention.missing(model, true, false).orElseThrow().contains("AVX2"));
        }
    }
}
