package io.millrace.ort.paged;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.engine.ModelStage;
import io.millrace.engine.SequenceEvent;
import io.millrace.ort.ScheduledRun;
import io.millrace.ort.TestModel;
import io.millrace.ort.TinyModel;
import io.millrace.ort.capi.HandleCount;
import io.millrace.ort.device.DeviceException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sequences that come, stall, go and are set back by chance, under the real scheduler over a paged cache with too few blocks:
 * each has the tokens that it has alone. A failing world names its seed; {@code -Dmillrace.simulation.seed=SEED} runs it alone.
 */
class PagedSimulationTest {
    private static final int CONTEXT = 40;
    private static final int STEPS = 170;
    private static final int PROMPTS = 10;
    private static final int MOST_OUTPUT = 14;

    /** By prompt: what follows it. */
    private static final List<int[]> ALONE = new ArrayList<>();

    private static int[] prompt(int i) {
        return PagedStageTest.tokens(1 + i * (CONTEXT - MOST_OUTPUT - 1) / (PROMPTS - 1), i);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void everySequenceHasTheTokensThatItHasAlone(long seed) throws Exception {
        long only = Long.getLong("millrace.simulation.seed", seed);
        try {
            new World(only).run();
        } catch (Throwable e) {
            throw new AssertionError("seed " + only + ": " + e.getMessage(), e);
        }
        assertEquals(Map.of(), HandleCount.live());
    }

    private static List<int[]> alone() throws Exception {
        if (ALONE.isEmpty()) {
            Limits limits = HostModels.limits(1, CONTEXT, CONTEXT, 8);
            List<ModelStage> stages = new FaultyRankDevices().load(1, 1, limits);
            PackedSteps steps = new PackedSteps(stages, limits);
            for (int i = 0; i < PROMPTS; i++) {
                ALONE.add(steps.generate(0, prompt(i), MOST_OUTPUT));
            }
            stages.forEach(ModelStage::close);
        }
        return ALONE;
    }

    private static final class World {
        private final SplittableRandom random;
        private final Limits limits;
        private final List<int[]> alone = alone();
        private final FaultyRankDevices devices = new FaultyRankDevices();
        private final List<ModelStage> stages;
        private final ScheduledRun run;
        private final Map<Long, Integer> prompts = new HashMap<>();

        World(long seed) throws Exception {
            random = new SplittableRandom(seed);
            int batch = random.nextInt(2, 7);
            int blockTokens = random.nextInt(1, 9);
            limits = TestModel.with(
                    HostModels.limits(batch, CONTEXT, random.nextInt(batch, 48), blockTokens),
                    Map.of(
                            "prefillChunk", random.nextInt(1, CONTEXT),
                            "stepsInFlight", random.nextInt(1, 4),
                            "draftTokens", random.nextInt(6),
                            "draftSequences", CONTEXT,
                            "kvBlocks", Math.ceilDiv(CONTEXT, blockTokens) * random.nextInt(1, 4)));
            stages = devices.load(1, random.nextInt(1, 4), limits);
            run = new ScheduledRun(limits, stages, this::draft);
        }

        void run() {
            try {
                while (run.steps < STEPS) {
                    move();
                }
                prompts.keySet().forEach(run.scheduler::unstall);
                for (int i = 0; run.turn() || run.scheduler.activeCount() > 0; i++) {
                    assertTrue(i < 10 * STEPS, "does not drain");
                }
                check();
            } finally {
                stages.forEach(ModelStage::close);
            }
            assertEquals(0, devices.held(), "memory, fences and devices");
        }

        /** What the prompt of these tokens goes on with, with a mistake now and then. */
        private int[] draft(int[] tokens, int length, int most) {
            int[] drafts = random.ints(most, 0, TinyModel.VOCABULARY).toArray();
            for (int i = 0; i < PROMPTS; i++) {
                int output = length - prompt(i).length;
                if (output >= 0
                        && output < MOST_OUTPUT
                        && Arrays.equals(tokens, 0, length - output, prompt(i), 0, length - output)) {
                    System.arraycopy(alone.get(i), output, drafts, 0, Math.min(most, MOST_OUTPUT - output));
                }
            }
            if (most > 1 && random.nextInt(4) == 0) {
                drafts[random.nextInt(most)] = random.nextInt(TinyModel.VOCABULARY);
            }
            return drafts;
        }

        private void move() {
            int draw = random.nextInt(100);
            if (draw < 15 && run.scheduler.activeCount() < 12) {
                int prompt = random.nextInt(PROMPTS);
                prompts.put(run.submit(prompt(prompt), random.nextInt(1, MOST_OUTPUT + 1)), prompt);
            } else if (draw < 18) {
                run.cancel(any());
            } else if (draw < 24) {
                run.scheduler.stall(any(), 0);
            } else if (draw < 32) {
                run.scheduler.unstall(any());
            } else if (draw < 34) {
                devices.faults
                        .get(random.nextInt(stages.size()))
                        .fail(Faults.Place.RUN, random.nextInt(40), DeviceException.Kind.OUT_OF_MEMORY);
            } else {
                run.turn();
            }
        }

        /** A sequence that lives, or one that never was. */
        private long any() {
            List<Long> living = new ArrayList<>(prompts.keySet());
            living.removeAll(run.ends.keySet());
            return living.isEmpty() ? prompts.size() : living.get(random.nextInt(living.size()));
        }

        private void check() {
            assertEquals(prompts.keySet(), run.ends.keySet(), "ended");
            assertEquals(limits.kvBlocks(), run.scheduler.load().freeBlocks());
            assertTrue(run.scheduler.load().setBacks() > 0, "nobody was set back: too easy a world");
            assertTrue(run.scheduler.prefixCache().hits() > 0, "nothing was shared: too easy a world");
            int[] ends = new int[FinishReason.values().length];
            prompts.forEach((id, prompt) -> {
                SequenceEvent.Ended ended = run.ends.get(id);
                ends[ended.reason().ordinal()]++;
                List<Integer> tokens = run.tokens.get(id);
                for (int i = 0; i < tokens.size(); i++) {
                    assertEquals(alone.get(prompt)[i], tokens.get(i), "sequence " + id + " at " + i);
                }
                assertEquals(tokens.size(), ended.usage().completionTokens());
            });
            assertTrue(
                    ends[FinishReason.LENGTH.ordinal()] > ends[FinishReason.ERROR.ordinal()],
                    "too few got to their ends");
        }
    }

    @Test
    void theWordsOfTheModelVary() throws Exception {
        assertTrue(alone().stream().flatMapToInt(Arrays::stream).distinct().count() > TinyModel.VOCABULARY / 10);
    }
}
