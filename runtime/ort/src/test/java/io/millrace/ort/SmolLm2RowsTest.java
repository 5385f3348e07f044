package io.millrace.ort;

import static io.millrace.ort.Steps.randomTokens;
import static io.millrace.ort.Steps.range;
import static io.millrace.ort.Steps.slice;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.engine.CpuAttention;
import io.millrace.engine.StepPlan;
import io.millrace.model.graph.WeightPrecision;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@link CpuStageTest} proves of a tiny model, held against the real one: its heads, widths and quantized weights. */
@ParameterizedClass
@CsvSource({"AUTO, ONNXRUNTIME", "W8A8, ONNXRUNTIME", "AUTO, JAVA", "W8A8, JAVA"})
class SmolLm2RowsTest {
    private static final int ROWS = 5;
    /**
     * Nats. Activations are rounded to 8 bits and sums are formed in another order for another number of rows, so that
     * chunks cannot be bit-identical; they may differ by no more than the bound on what quantizing the weights costs.
     */
    private static final double CHUNK_DIVERGENCE = 0.01;

    private static RecordedModel model;

    @Parameter(0)
    private WeightPrecision precision;

    @Parameter(1)
    private CpuAttention attention;

    @BeforeParameterizedClassInvocation
    static void load(WeightPrecision precision, CpuAttention attention) throws Exception {
        model = new RecordedModel(
                TestModel.smolLm2(), TestModel.limits(ROWS, 256, 4096), precision, TestModel.CACHE, 2, attention);
    }

    @AfterParameterizedClassInvocation
    static void close() {
        model.close();
    }

    @Test
    void aRowsLogitsDoNotDependOnTheOtherRows() throws Exception {
        float[][] alone = new float[ROWS][];
        StepPlan.Slice[] rows = new StepPlan.Slice[ROWS];
        for (int slot = 0; slot < ROWS; slot++) {
            int length = 3 + 17 * slot;
            model.steps.run(slice(slot, 0, randomTokens(length, model.manifest.vocabulary(), slot)));
            rows[slot] = slice(slot, length, 1000 + slot);
            model.steps.run(rows[slot]);
            alone[slot] = model.logits().get(slot);
        }
        model.steps.run(rows);
        for (int slot = 0; slot < ROWS; slot++) {
            assertArrayEquals(alone[slot], model.logits().get(slot), "slot " + slot);
        }
    }

    @Test
    void chunksGiveTheDistributionOfTheWholePrompt() throws Exception {
        int[] prompt = Golden.all().getFirst().prompt();
        model.steps.run(slice(0, 0, prompt));
        float[] whole = model.logits().get(0);
        for (int chunk : List.of(5, 16, 31)) {
            for (int at = 0; at < prompt.length; at += chunk) {
                model.steps.run(slice(1, at, range(prompt, at, Math.min(prompt.length, at + chunk))));
            }
            double divergence = divergence(whole, model.logits().get(1));
            assertTrue(
                    divergence <= CHUNK_DIVERGENCE,
                    precision + ": chunks of " + chunk + " diverge by " + divergence + " nats");
        }
    }

    /** Kullback-Leibler divergence of the distributions two rows of logits stand for, in nats. */
    private static double divergence(float[] expected, float[] actual) {
        double expectedLog = Golden.logSumExp(expected);
        double actualLog = Golden.logSumExp(actual);
        double sum = 0;
        for (int id = 0; id < expected.length; id++) {
            double log = expected[id] - expectedLog;
            sum += Math.exp(log) * (log - (actual[id] - actualLog));
        }
        return sum;
    }
}
