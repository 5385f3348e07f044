package io.millrace.ort;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.model.graph.WeightPrecision;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        assertTrue(eight < four && four < 0.5, "int4 is off by " + four);
    }

    @Test
    void whatIsNotOfFourBitsHasEightWhereNothingIsSaid() throws Exception {
        Path model = TinyModel.write(folder, 7);
        assertArrayEquals(logits(model, WeightPrecision.INT8), logits(model, WeightPrecision.AUTO));
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
