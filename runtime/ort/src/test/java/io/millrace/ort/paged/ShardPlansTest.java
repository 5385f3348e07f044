package io.millrace.ort.paged;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Limits;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.StepPlan;
import io.millrace.ort.Golden;
import io.millrace.ort.TestModel;
import io.millrace.ort.TinyModel;
import io.millrace.ort.capi.HandleCount;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The real model in float32 over a paged cache, whole and cut every way. */
class ShardPlansTest {
    /** Nothing is rounded to less than float32 here, so only the order of additions can swap two tokens. */
    private static final double NEAR_TIE = 0.001;

    private static final int POSITIONS = 4;

    /** Short ones, of up to four blocks: four times the model in float32 is work enough. */
    private static final Set<String> PROMPTS = Set.of("chinese", "completion", "special_in_text");

    private static final int BLOCK_TOKENS = 16;

    @Test
    void everyPlanGivesTheGoldenTokens() throws Exception {
        int[][] plans = {{1, 1}, {3, 1}, {1, 2}, {3, 2}};
        for (int[] plan : plans) {
            holdGolden(plan[0], plan[1]);
            assertEquals(Map.of(), HandleCount.live());
        }
    }

    private static void holdGolden(int tensorParallel, int shards) throws Exception {
        List<Golden> all = Golden.all().stream()
                .filter(golden -> PROMPTS.contains(golden.name()))
                .toList();
        assertEquals(PROMPTS.size(), all.size());
        Limits limits = HostModels.limits(all.size(), 128, 128, BLOCK_TOKENS);
        try (LoadedModel model = HostModels.load(TestModel.smolLm2(), tensorParallel, shards, limits)) {
            assertEquals(shards, model.stages().size());
            PackedSteps steps = new PackedSteps(model, limits);
            for (int position = 0; position < POSITIONS; position++) {
                int[] chosen = steps.run(rows(steps, all, position).toArray(StepPlan.Slice[]::new));
                for (int i = 0; i < chosen.length; i++) {
                    if (all.get(i).gap()[position] >= NEAR_TIE) {
                        assertEquals(
                                all.get(i).continuation()[position],
                                chosen[i],
                                tensorParallel + " x " + shards + ", " + all.get(i) + " at " + position);
                    }
                }
            }
        }
    }

    private static List<StepPlan.Slice> rows(PackedSteps steps, List<Golden> all, int position) {
        List<StepPlan.Slice> rows = new ArrayList<>();
        for (int slot = 0; slot < all.size(); slot++) {
            Golden golden = all.get(slot);
            rows.add(
                    position == 0
                            ? steps.slice(slot, 0, golden.prompt())
                            : steps.slice(
                                    slot, golden.prompt().length + position - 1, golden.continuation()[position - 1]));
        }
        return rows;
    }

    @Test
    void ranksWithBiasesAndAHeadOfItsOwnGiveTheTokensOfOne() throws Exception {
        Path tiny = TinyModel.write(Path.of("target", "tiny"), 9);
        int[] prompt = PagedStageTest.tokens(20, 3);
        int[] whole = generate(tiny, 1, 1, prompt);
        assertArrayEquals(whole, generate(tiny, 2, 1, prompt));
        assertArrayEquals(whole, generate(tiny, 2, 3, prompt));
        assertTrue(Arrays.stream(whole).distinct().count() > 1, "a model that says one thing proves nothing");
    }

    private static int[] generate(Path path, int tensorParallel, int shards, int[] prompt) throws Exception {
        Limits limits = HostModels.limits(2, 64, 64, 8);
        try (LoadedModel model = HostModels.load(path, tensorParallel, shards, limits)) {
            return new PackedSteps(model, limits).generate(1, prompt, 10);
        }
    }

    @Test
    void whatDoesNotDivideTheHeadsIsRefusedWithWhatWould() {
        IOException refused = assertThrows(
                IOException.class, () -> HostModels.load(TestModel.smolLm2(), 2, 1, HostModels.limits(1, 64, 64, 64)));
        assertTrue(refused.getMessage().contains("9 query heads"), refused.getMessage());
        assertTrue(refused.getMessage().contains("1, 3"), refused.getMessage());
    }
}
