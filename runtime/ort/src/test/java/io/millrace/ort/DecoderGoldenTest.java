package io.millrace.ort;

import static io.millrace.ort.Steps.range;
import static io.millrace.ort.Steps.slice;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.engine.CpuAttention;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.model.graph.WeightPrecision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each kind of decoder against an independent pass in numpy, over two sequences: a prompt in two chunks, then decode rows
 * of unlike lengths, past the end of the sliding window where there is one.
 */
class DecoderGoldenTest {
    private static final int FIRST_CHUNK = 5;
    private static final int PROMPT = 9;

    /** Relative RMS of the logits' error. */
    private static final double FLOAT_TOLERANCE = 1e-5;

    /** The same, where activations are rounded to 8 bits: up to 0.04 here. */
    private static final double INT8_TOLERANCE = 0.05;

    /** The same with one scale a row and a token: up to 0.062. */
    private static final double W8A8_TOLERANCE = 0.08;

    @TempDir
    private Path cache;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama3",
                "llama_window",
                "qwen2",
                "qwen3",
                "gemma2",
                "gemma3",
                "llama3_directory",
                "gemma3_directory"
            })
    void logitsAreThoseOfNumpy(String name) throws Exception {
        DecoderGolden golden = DecoderGolden.read(name);
        assertWithin(FLOAT_TOLERANCE, golden, WeightPrecision.FP32);
        assertWithin(INT8_TOLERANCE, golden, WeightPrecision.AUTO);
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama3", "llama_window", "qwen2", "qwen3", "llama3_directory"})
    void turnedAndInWholeNumbersTheyAreNearThose(String name) throws Exception {
        assertWithin(W8A8_TOLERANCE, DecoderGolden.read(name), WeightPrecision.W8A8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen3", "gemma2", "gemma3", "gemma3_directory"})
    void logitsAreThoseOfNumpyWithAttentionInJavaToo(String name) throws Exception {
        DecoderGolden golden = DecoderGolden.read(name);
        assertWithin(FLOAT_TOLERANCE, golden, WeightPrecision.FP32, CpuAttention.JAVA);
        assertWithin(INT8_TOLERANCE, golden, WeightPrecision.AUTO, CpuAttention.JAVA);
    }

    @Test
    void whatDoesNotTurnIsRefusedByName() throws Exception {
        Path model = DecoderGolden.read("gemma3").model();
        IOException refusal = assertThrows(
                IOException.class,
                () -> new RecordedModel(model, TestModel.limits(2, 32, 32), WeightPrecision.W8A8, cache));
        assertTrue(refusal.getMessage().contains("w8a8 is not for models with norms behind attention"));
    }

    private void assertWithin(double tolerance, DecoderGolden golden, WeightPrecision precision) throws Exception {
        assertWithin(tolerance, golden, precision, CpuAttention.ONNXRUNTIME);
    }

    private void assertWithin(double tolerance, DecoderGolden golden, WeightPrecision precision, CpuAttention attention)
            throws Exception {
        try (RecordedModel model =
                new RecordedModel(golden.model(), TestModel.limits(2, 32, 32), precision, cache, 2, attention)) {
            double error = new Comparison(golden, model).error();
            assertTrue(error < tolerance, () -> precision + " is off by " + error);
            assertTrue(2 * tolerance < golden.leastDistance(), "a model without one of its traits could pass");
        }
    }

    /** Steps of a model, and the error of all their logits. */
    private static final class Comparison {
        private final DecoderGolden golden;
        private final RecordedModel model;
        private double squaredError;
        private double squaredLogits;

        Comparison(DecoderGolden golden, RecordedModel model) {
            this.golden = golden;
            this.model = model;
        }

        double error() throws StepException {
            List<DecoderGolden.Sequence> sequences = golden.sequences();
            for (int slot = 0; slot < sequences.size(); slot++) {
                int[] tokens = sequences.get(slot).tokens();
                step(slice(slot, 0, range(tokens, 0, FIRST_CHUNK)));
                step(slice(slot, FIRST_CHUNK, range(tokens, FIRST_CHUNK, PROMPT + slot)));
            }
            for (int row = 0; PROMPT + row < sequences.getFirst().tokens().length; row++) {
                step(decodeRows(row));
            }
            return Math.sqrt(squaredError / squaredLogits);
        }

        private StepPlan.Slice[] decodeRows(int row) {
            return IntStream.range(0, golden.sequences().size())
                    .filter(slot ->
                            position(slot, row) < golden.sequences().get(slot).tokens().length)
                    .mapToObj(slot -> slice(
                            slot,
                            position(slot, row),
                            golden.sequences().get(slot).tokens()[position(slot, row)]))
                    .toArray(StepPlan.Slice[]::new);
        }

        private static int position(int slot, int row) {
            return PROMPT + slot + row;
        }

        private void step(StepPlan.Slice... slices) throws StepException {
            model.steps.run(slices);
            for (StepPlan.Slice slice : slices) {
                float[] expected = golden.sequences().get(slice.slot()).logits()[slice.end() - 1];
                float[] actual = model.logits().get(slice.slot());
                for (int i = 0; i < expected.length; i++) {
                    squaredError += Math.pow(actual[i] - expected[i], 2);
                    squaredLogits += Math.pow(expected[i], 2);
                }
            }
        }
    }
}
