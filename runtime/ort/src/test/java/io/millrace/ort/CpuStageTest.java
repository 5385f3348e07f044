package io.millrace.ort;

import static io.millrace.ort.Steps.randomTokens;
import static io.millrace.ort.Steps.range;
import static io.millrace.ort.Steps.slice;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.SamplingParams;
import io.millrace.engine.CpuAttention;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import io.millrace.model.graph.WeightPrecision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@EnumSource(CpuAttention.class)
class CpuStageTest {
    private static final int CONTEXT = 64;
    private static final int SLOTS = 12;

    @Parameter
    private CpuAttention attention;

    private Path path;
    private RecordedModel model;
    private final int[] prompt = randomTokens(20, TinyModel.VOCABULARY, 1);

    @BeforeEach
    void load() throws Exception {
        path = TestModel.tiny(attention);
        model = new RecordedModel(path, TestModel.limits(SLOTS, CONTEXT, 64), attention);
    }

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void aRowsLogitsDoNotDependOnTheOtherRows() throws Exception {
        int[][] prompts = new int[SLOTS][];
        for (int slot = 0; slot < SLOTS; slot++) {
            prompts[slot] = randomTokens(2 + 3 * slot, TinyModel.VOCABULARY, slot);
            model.steps.run(slice(slot, 0, prompts[slot]));
        }
        float[][] alone = new float[SLOTS][];
        StepPlan.Slice[] rows = new StepPlan.Slice[SLOTS];
        for (int slot = 0; slot < SLOTS; slot++) {
            rows[slot] = slice(slot, prompts[slot].length, 5 + slot);
            model.steps.run(rows[slot]);
            alone[slot] = model.logits().get(slot);
        }
        model.steps.run(rows);
        for (int slot = 0; slot < SLOTS; slot++) {
            assertArrayEquals(alone[slot], model.logits().get(slot), "slot " + slot);
        }
    }

    @Test
    void fillersLeaveTheSlotsBetweenRowsAsTheyAre() throws Exception {
        for (int slot = 0; slot < 3; slot++) {
            model.steps.run(slice(slot, 0, prompt));
        }
        model.steps.run(slice(1, 20, 9));
        float[] undisturbed = model.logits().get(1);
        model.steps.run(slice(0, 20, 4), slice(2, 20, 5));
        model.steps.run(slice(0, 21, 4), slice(2, 21, 5));
        model.steps.run(slice(1, 20, 9));
        assertArrayEquals(undisturbed, model.logits().get(1));
    }

    @Test
    void aFullSlotBetweenRowsIsNotWrittenPastItsEnd() throws Exception {
        int[] full = randomTokens(CONTEXT, TinyModel.VOCABULARY, 3);
        model.steps.run(slice(1, 0, full));
        model.steps.run(slice(1, CONTEXT - 1, full[CONTEXT - 1]));
        float[] before = model.logits().get(1);
        model.steps.run(slice(2, 0, prompt));
        model.steps.run(slice(2, 20, 5));
        float[] alone = model.logits().get(2);
        model.steps.run(slice(0, 0, prompt));
        model.steps.run(slice(0, 20, 4), slice(2, 20, 5));
        assertArrayEquals(alone, model.logits().get(2));
        model.steps.run(slice(1, CONTEXT - 1, full[CONTEXT - 1]));
        assertArrayEquals(before, model.logits().get(1));
    }

    @Test
    void farSlotsRunInOneStep() throws Exception {
        model.steps.run(slice(0, 0, prompt), slice(11, 0, prompt));
        model.steps.run(slice(0, 20, 6), slice(11, 20, 6));
        assertArrayEquals(model.logits().get(0), model.logits().get(11));
    }

    @Test
    void decodeRowsAndPrefillChunksShareAStep() throws Exception {
        model.steps.run(slice(0, 0, prompt));
        model.steps.run(slice(0, 20, 6));
        float[] decoded = model.logits().get(0);
        model.steps.run(slice(1, 0, prompt));
        float[] prefilled = model.logits().get(1);
        model.steps.run(slice(0, 20, 6), slice(2, 0, prompt));
        assertArrayEquals(decoded, model.logits().get(0));
        assertArrayEquals(prefilled, model.logits().get(2));
    }

    @Test
    void aPromptOfOneTokenIsADecodeRowAtTheStart() throws Exception {
        model.steps.run(slice(0, 0, prompt));
        model.steps.run(slice(3, 0, 17));
        float[] alone = model.logits().get(3);
        model.steps.run(slice(0, 20, 6), slice(3, 0, 17));
        assertArrayEquals(alone, model.logits().get(3));
    }

    @Test
    void chunksGiveTheLogitsOfTheWholePrompt() throws Exception {
        model.steps.run(slice(0, 0, prompt));
        float[] whole = model.logits().get(0);
        for (int cut = 1; cut < 20; cut++) {
            model.steps.run(slice(1, 0, range(prompt, 0, cut)));
            model.steps.run(slice(1, cut, range(prompt, cut, 20)));
            assertClose(whole, model.logits().get(1));
        }
    }

    @Test
    void aPendingTokenIsTheOneSampledBefore() throws Exception {
        int sampled = model.steps.run(slice(2, 0, prompt))[0];
        model.steps.run(slice(2, 20, sampled));
        float[] known = model.logits().get(2);
        assertEquals(sampled, model.steps.run(slice(2, 0, prompt))[0]);
        model.steps.run(slice(2, 20, StepPlan.PENDING));
        assertArrayEquals(known, model.logits().get(2));
    }

    @Test
    void aSlotIsUsedAnewFromItsStart() throws Exception {
        model.steps.run(slice(0, 0, prompt));
        float[] fresh = model.logits().get(0);
        model.steps.run(slice(0, 0, randomTokens(50, TinyModel.VOCABULARY, 9)));
        model.steps.run(slice(0, 0, prompt));
        assertArrayEquals(fresh, model.logits().get(0));
    }

    @Test
    void onlySlicesThatSampleGiveTokensInThePlansOrder() throws Exception {
        int first = model.steps.run(slice(5, 0, prompt))[0];
        int second = model.steps.run(slice(4, 0, randomTokens(9, TinyModel.VOCABULARY, 2)))[0];
        int[] both = model.steps.run(
                slice(5, 19, prompt[19]),
                slice(6, 0, false, prompt),
                slice(4, 0, randomTokens(9, TinyModel.VOCABULARY, 2)));
        assertArrayEquals(new int[] {first, second}, both);
    }

    @Test
    void aTokenComesWithItsLogProbabilityInThePlansOrder() throws Exception {
        StepPlan.Slice other = slice(1, 0, randomTokens(9, TinyModel.VOCABULARY, 2));
        StepResult result = model.steps.result(slice(0, 0, prompt), slice(2, 0, false, prompt), other);
        for (int i = 0; i < 2; i++) {
            float[] logits = model.logits().get(i);
            double total = 0;
            for (float logit : logits) {
                total += Math.exp(logit);
            }
            assertEquals(logits[result.tokens()[i]] - Math.log(total), result.logProbs()[i], 1e-4);
        }
        assertEquals(2, result.logProbs().length);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3})
    void aSliceWithDraftsDrawsWhatStepsOfOneTokenDrawUpToTheFirstWrongGuess(int wrong) throws Exception {
        for (SamplingParams sampling :
                List.of(SamplingParams.GREEDY, new SamplingParams(1, 0, 1, 0, 1.2f, 0.5f, 0.3f, 5))) {
            int[] text = Arrays.copyOf(prompt, prompt.length + 6);
            for (int end = prompt.length; end < text.length; end++) {
                text[end] = model.steps.run(sampled(sampling, 0, end == prompt.length ? 0 : end - 1, end, 1, text))[0];
            }
            int[] guessed = text.clone();
            guessed[prompt.length + 1 + wrong]++;
            model.steps.run(sampled(sampling, 3, 0, prompt.length, 1, text));
            int[] drawn = model.steps.run(
                    slice(5, 0, prompt), sampled(sampling, 3, prompt.length, prompt.length + 5, 5, guessed));
            assertArrayEquals(range(text, prompt.length + 1, prompt.length + 2 + wrong), range(drawn, 1, 2 + wrong));
            int known = prompt.length + 1 + wrong;
            assertEquals(text[known + 1], model.steps.run(sampled(sampling, 3, known, known + 1, 1, text))[0]);
        }
    }

    private static StepPlan.Slice sampled(
            SamplingParams sampling, int slot, int start, int end, int draws, int[] text) {
        int[] history = sampling.needsHistory() ? range(text, 0, end - draws + 1) : new int[0];
        return new StepPlan.Slice(slot, slot, start, range(text, start, end), new int[0], draws, sampling, history, 20);
    }

    @Test
    void plansOutsideOfTheCacheAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> model.steps.run(slice(SLOTS, 0, 1)));
        assertThrows(IllegalArgumentException.class, () -> model.steps.run(slice(0, 5, 1)));
        assertThrows(IllegalArgumentException.class, () -> model.steps.run(slice(0, 0, new int[CONTEXT + 1])));
        assertThrows(IllegalArgumentException.class, () -> model.steps.run(slice(0, 0, 1), slice(0, 0, 1)));
    }

    /** Activations are quantized row by row and sums are taken in another order by length: rounding, no more. */
    private static void assertClose(float[] expected, float[] actual) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], 2e-3, "logit " + i);
        }
        assertTrue(expected.length > 0);
    }

    @Test
    void aStepInTwoLanesGivesTheLogitsOfTheSameStepInOne() throws Exception {
        Map<Integer, float[]> lanes = inSteps(model);
        try (RecordedModel one = new RecordedModel(
                path, TestModel.limits(SLOTS, CONTEXT, 64), WeightPrecision.AUTO, TestModel.CACHE, 1, attention)) {
            Map<Integer, float[]> single = inSteps(one);
            assertEquals(single.keySet(), lanes.keySet());
            single.forEach((slot, logits) -> assertArrayEquals(logits, lanes.get(slot), "slot " + slot));
        }
    }

    /** Logits of prompts side by side, and of decode rows beside two more prompts. */
    private static Map<Integer, float[]> inSteps(RecordedModel model) throws Exception {
        List<StepPlan.Slice> prompts = new ArrayList<>();
        for (int slot = 0; slot < SLOTS - 2; slot++) {
            prompts.add(slice(slot, 0, randomTokens(3 + slot % 4, TinyModel.VOCABULARY, slot)));
        }
        model.steps.run(prompts.toArray(StepPlan.Slice[]::new));
        List<StepPlan.Slice> mixed = new ArrayList<>();
        prompts.forEach(prompt -> mixed.add(slice(prompt.slot(), prompt.end(), 9)));
        mixed.add(slice(SLOTS - 2, 0, randomTokens(12, TinyModel.VOCABULARY, 98)));
        mixed.add(slice(SLOTS - 1, 0, randomTokens(10, TinyModel.VOCABULARY, 99)));
        Map<Integer, float[]> first = Map.copyOf(model.logits());
        model.steps.run(mixed.toArray(StepPlan.Slice[]::new));
        Map<Integer, float[]> all = new HashMap<>(model.logits());
        first.forEach((slot, logits) -> all.put(SLOTS + slot, logits));
        return all;
    }

    @Test
    void whatFailsInTheSecondLaneFailsTheStepAndTheNextOneRuns() throws Exception {
        StepPlan.Slice[] rows = new StepPlan.Slice[SLOTS];
        for (int slot = 0; slot < SLOTS; slot++) {
            model.steps.run(slice(slot, 0, prompt));
            rows[slot] = slice(slot, 20, 4);
        }
        StepPlan.Slice[] broken = rows.clone();
        broken[SLOTS - 1] = slice(SLOTS - 1, 20, TinyModel.VOCABULARY + 1);
        assertThrows(StepException.class, () -> model.steps.run(broken));
        model.steps.run(rows);
        assertEquals(SLOTS, model.logits().size());
    }
}
