package io.millrace.ort.paged;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Limits;
import io.millrace.api.SamplingParams;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import io.millrace.ort.TinyModel;
import io.millrace.ort.capi.HandleCount;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PagedStageTest {
    private static final int[] NONE = {};

    private final Limits limits = HostModels.limits(6, 64, 64, 8);
    private LoadedModel model;
    private PackedSteps steps;

    @BeforeEach
    void load() throws Exception {
        model = HostModels.load(TinyModel.write(Path.of("target", "tiny"), 7), 1, 1, limits);
        steps = new PackedSteps(model, limits);
    }

    @AfterEach
    void closeAll() {
        model.close();
        assertEquals(Map.of(), HandleCount.live());
    }

    @Test
    void rowsOfAStepDoNotSeeEachOther() throws Exception {
        int[][] prompts = {tokens(11, 1), tokens(3, 2), tokens(24, 3)};
        int[][] alone = new int[3][];
        for (int i = 0; i < 3; i++) {
            alone[i] = steps.generate(0, prompts[i], 6);
        }
        int[] first =
                steps.run(steps.slice(4, 0, prompts[0]), steps.slice(1, 0, prompts[1]), steps.slice(2, 0, prompts[2]));
        assertArrayEquals(new int[] {alone[0][0], alone[1][0], alone[2][0]}, first);
        for (int i = 1; i < 6; i++) {
            int[] next = steps.run(
                    steps.slice(4, 10 + i, alone[0][i - 1]),
                    steps.slice(1, 2 + i, alone[1][i - 1]),
                    steps.slice(2, 23 + i, alone[2][i - 1]));
            assertArrayEquals(new int[] {alone[0][i], alone[1][i], alone[2][i]}, next);
        }
    }

    @Test
    void aPromptInChunksBesideDecodeRowsGivesTheSameTokens() throws Exception {
        int[] longer = tokens(30, 4);
        int[] shorter = tokens(5, 5);
        int[] expectedLonger = steps.generate(0, longer, 2);
        int[] expected = steps.generate(0, shorter, 5);
        assertEquals(expected[0], steps.run(steps.slice(3, 0, shorter))[0]);
        for (int i = 0; i < 3; i++) {
            int[] chunk = Arrays.copyOfRange(longer, 10 * i, 10 * i + 10);
            int[] sampled = steps.run(steps.slice(3, 5 + i, expected[i]), steps.slice(5, 10 * i, i == 2, chunk));
            assertEquals(expected[i + 1], sampled[0]);
            if (i == 2) {
                assertEquals(expectedLonger[0], sampled[1]);
            }
        }
        assertArrayEquals(
                new int[] {expected[4], expectedLonger[1]},
                steps.run(steps.slice(3, 8, expected[3]), steps.slice(5, 30, expectedLonger[0])));
    }

    @Test
    void aPendingTokenIsTheOneThatItsSlotSampledLast() throws Exception {
        int[] prompt = tokens(7, 6);
        int[] expected = steps.generate(0, prompt, 4);
        steps.run(steps.slice(2, 0, prompt));
        StageRun[] begun = new StageRun[3];
        for (int i = 0; i < 3; i++) {
            StepPlan plan = new StepPlan(100 + i, List.of(steps.slice(2, 7 + i, StepPlan.PENDING)));
            begun[i] = model.stages().getFirst().begin(plan, new StageOutput.Start());
            if (i > 0) {
                assertEquals(expected[i], token(begun[i - 1]));
            }
        }
        assertEquals(expected[3], token(begun[2]));
    }

    private static int token(StageRun run) throws Exception {
        return ((StageOutput.Sampled) run.await()).result().tokens()[0];
    }

    @Test
    void aStepOfWhichNoRowSamplesBringsNothing() throws Exception {
        assertEquals(0, steps.run(steps.slice(0, 0, false, tokens(9, 1))).length);
        assertEquals(0, steps.run(steps.slice(0, 9, false, 3)).length);
    }

    @Test
    void everyRowIsDrawnByItsOwnParameters() throws Exception {
        SamplingParams warm = new SamplingParams(0.8f, 40, 0.9f, 0.02f, 1, 0, 0, 42);
        SamplingParams penalized = new SamplingParams(0, 0, 1, 0, 1.3f, 0.5f, 0.5f, 0);
        int[] prompt = tokens(12, 8);
        StepPlan.Slice[] alone = {
            steps.slice(0, 0, true, warm, NONE, 12, prompt), steps.slice(1, 0, true, penalized, prompt, 12, prompt)
        };
        int first = steps.run(alone[0])[0];
        int second = steps.run(alone[1])[0];
        assertArrayEquals(new int[] {first, second}, steps.run(alone));
        assertEquals(first, steps.run(alone[0])[0]);
    }

    @Test
    void theProbabilityOfAGreedyTokenIsThatOfTheLogits() throws Exception {
        StepResult result = steps.run(List.of(steps.slice(0, 0, tokens(9, 3))));
        assertEquals(1, result.logProbs().length);
        assertTrue(result.logProbs()[0] < 0 && result.logProbs()[0] > -Math.log(TinyModel.VOCABULARY));
    }

    static int[] tokens(int count, long seed) {
        return new Random(seed).ints(count, 0, TinyModel.VOCABULARY).toArray();
    }
}
