package io.millrace.ort;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.engine.StepPlan;
import io.millrace.model.graph.WeightPrecision;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A model of float32 weights, so that every other precision loses something, and that less the more bits it has. */
class WeightPrecisionTest {
    private static final int[] PROMPT = Steps.randomTokens(20, TinyModel.VOCABULARY, 5);

    @TempDir
    private Path folder;

    @Test
    void everyPrecisionComesAsNearToFloat32AsItsBitsSay() throws Exception {
        Path model = TinyModel.write(folder, 7);
        float[] exact = logits(model, WeightPrecision.FP32);
        double half = distance(exact, logits(model, WeightPrecision.FP16));
        double eight = distance(exact, logits(model, WeightPrecision.INT8));
        double four = distance(exact, logits(model, WeightPrecision.INT4));
        assertTrue(0 < half && half < 0.002, "fp16 is off by " + half);
        assertTrue(half < eight && eight < 0.1, "int8 is off by " + eight);
        double whole = distance(exact, logits(model, WeightPrecision.W8A8));
        assertTrue(half < whole && whole < 0.1, "w8a8 is off by " + whole);
        assertTrue(eight < four && four < 0.5, "int4 is off by " + four);
    }

    @Test
    void whatIsNotOfFourBitsHasEightWhereNothingIsSaid() throws Exception {
        Path model = TinyModel.write(folder, 7);
        assertArrayEquals(logits(model, WeightPrecision.INT8), logits(model, WeightPrecision.AUTO));
    }

    @ParameterizedTest
    @EnumSource(names = {"AUTO", "W8A8"})
    void aRowsLogitsDoNotDependOnTheOtherRows(WeightPrecision precision) throws Exception {
        Path model = TinyModel.write(folder, 7);
        try (RecordedModel recorded = new RecordedModel(model, TestModel.limits(2, 64, 64), precision, folder)) {
            StepPlan.Slice[] rows = {Steps.slice(0, 20, 5), Steps.slice(1, 20, 6)};
            recorded.steps.run(Steps.slice(0, 0, PROMPT), Steps.slice(1, 0, PROMPT));
            recorded.steps.run(rows[0]);
            float[] alone = recorded.logits().get(0);
            recorded.steps.run(rows);
            assertArrayEquals(alone, recorded.logits().get(0));
        }
    }

    private float[] logits(Path model, WeightPrecision precision) throws Exception {
        try (RecordedModel recorded = new RecordedModel(model, TestModel.limits(1, 64, 64), precision, folder)) {
            recorded.steps.run(Steps.slice(0, 0, PROMPT));
            float[] logits = recorded.logits().get(0);
            assertEquals(TinyModel.VOCABULARY, logits.length);
            return logits;
        }
    }

    /** Root of the squared differences, as a share of that of the squares. */
    private static double distance(float[] exact, float[] other) {
        double error = 0;
        double all = 0;
        for (int i = 0; i < exact.length; i++) {
            error += Math.pow(exact[i] - other[i], 2);
            all += Math.pow(exact[i], 2);
        }
        return Math.sqrt(error / all);
    }
}
