package io.millrace.ort;

import static io.millrace.ort.Steps.randomTokens;
import static io.millrace.ort.Steps.slice;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Limits;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelRunnerProvider;
import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StepPlan;
import io.millrace.ort.paged.PagedRunnerProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardsTest {
    @Test
    void shardsGiveTheTokensOfOneSession() throws Exception {
        Golden golden = Golden.all().stream()
                .filter(each -> each.name().equals("english"))
                .findFirst()
                .orElseThrow();
        int[] expected = generate(TestModel.smolLm2(), 1, golden.prompt(), 24);
        assertEquals(golden.continuation()[0], expected[0]);
        assertArrayEquals(expected, generate(TestModel.smolLm2(), 2, golden.prompt(), 24));
        assertArrayEquals(expected, generate(TestModel.smolLm2(), 3, golden.prompt(), 24));
    }

    private static int[] generate(Path path, int shards, int[] prompt, int count) throws Exception {
        try (LoadedModel model = TestModel.load(path, shards, TestModel.limits(4, 512, 512))) {
            assertEquals(shards, model.stages().size());
            assertEquals(shards == 1, model.feedsBack());
            return new Steps(model).generate(2, prompt, count);
        }
    }

    @Test
    void aStepOfAllKindsOfRowsPassesThroughThreeShards() throws Exception {
        Path path = TinyModel.write(Path.of("target", "tiny"), 7);
        int[] prompt = randomTokens(20, TinyModel.VOCABULARY, 1);
        int[] long1 = randomTokens(40, TinyModel.VOCABULARY, 2);
        List<int[]> results = new ArrayList<>();
        for (int shards = 1; shards <= 3; shards++) {
            try (LoadedModel model = TestModel.load(path, shards, TestModel.limits(12, 64, 128))) {
                Steps steps = new Steps(model);
                steps.run(slice(2, 0, prompt), slice(0, 0, long1), slice(11, 0, prompt));
                results.add(steps.run(
                        slice(2, 20, 7), slice(11, 20, 8), slice(0, 40, 9), slice(5, 0, long1), slice(1, 0, prompt)));
            }
        }
        assertEquals(5, results.getFirst().length);
        assertArrayEquals(results.get(0), results.get(1));
        assertArrayEquals(results.get(0), results.get(2));
    }

    @Test
    void stagesLoadedOneByOneAreThoseOfTheWholeModelAndKeepTheirOwnWeightsOnly(@TempDir Path folder) throws Exception {
        Path path = TinyModel.write(folder, 7);
        Limits limits = TestModel.limits(12, 64, 128);
        int[] prompt = randomTokens(20, TinyModel.VOCABULARY, 7);
        int[] expected;
        LoadOptions all = options(path, folder.resolve("all"), "cpu", OptionalInt.empty(), limits);
        try (LoadedModel whole = new CpuRunnerProvider().load(all)) {
            expected = new Steps(whole).generate(3, prompt, 12);
        }
        assertArrayEquals(expected, generate(new CpuRunnerProvider(), path, folder.resolve("parts"), "cpu", limits));
        long whole = Files.size(weights(folder.resolve("all"), ".auto"));
        for (int stage = 0; stage < 3; stage++) {
            long part = Files.size(weights(folder.resolve("parts"), "-%d-%d-of-3.auto".formatted(stage, stage)));
            assertTrue(part < whole, part + " of " + whole);
        }
    }

    @Test
    void aStageOnAPagedDeviceIsThatOfTheWholeModel(@TempDir Path folder) throws Exception {
        Path path = TinyModel.write(folder, 7);
        Limits limits = TestModel.limits(12, 64, 128);
        LoadOptions all = options(path, folder, "host", OptionalInt.empty(), limits);
        int[] prompt = randomTokens(20, TinyModel.VOCABULARY, 7);
        int[] expected;
        try (LoadedModel whole = new PagedRunnerProvider().load(all)) {
            expected = new Steps(whole).generate(3, prompt, 12);
        }
        assertArrayEquals(expected, generate(new PagedRunnerProvider(), path, folder, "host", limits));
    }

    private static int[] generate(ModelRunnerProvider provider, Path path, Path cache, String device, Limits limits)
            throws Exception {
        List<LoadedModel> parts = new ArrayList<>();
        try {
            for (int stage = 0; stage < 3; stage++) {
                parts.add(provider.load(options(path, cache, device, OptionalInt.of(stage), limits)));
                assertFalse(parts.getLast().feedsBack());
                assertEquals(1, parts.getLast().stages().size());
            }
            List<ModelStage> stages =
                    parts.stream().flatMap(part -> part.stages().stream()).toList();
            return new Steps(stages).generate(3, randomTokens(20, TinyModel.VOCABULARY, 7), 12);
        } finally {
            parts.forEach(LoadedModel::close);
        }
    }

    private static LoadOptions options(Path path, Path cache, String device, OptionalInt stage, Limits limits) {
        return new LoadOptions(
                path, cache, device, 3, stage, 1, 2, ModelRunnerProvider.AUTO, ModelRunnerProvider.AUTO, limits);
    }

    private static Path weights(Path folder, String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void hiddenStatesLiveWhileAsManyStepsAsMayBeInFlight() throws Exception {
        Path path = TinyModel.write(Path.of("target", "tiny"), 7);
        try (LoadedModel model = TestModel.load(path, 2, TestModel.limits(2, 64, 64))) {
            ModelStage first = model.stages().getFirst();
            int inFlight = TestModel.limits(2, 64, 64).stepsInFlight();
            ByteBuffer kept = hidden(first, 0);
            ByteBuffer copy =
                    ByteBuffer.allocate(kept.remaining()).put(kept.duplicate()).flip();
            for (int later = 1; later < inFlight; later++) {
                assertTrue(hidden(first, later).remaining() > 0);
            }
            assertEquals(copy, kept);
        }
    }

    private static ByteBuffer hidden(ModelStage stage, int step) throws Exception {
        int[] tokens = randomTokens(10, TinyModel.VOCABULARY, step);
        StepPlan plan = new StepPlan(step, List.of(slice(0, 0, tokens)));
        return ((StageOutput.Hidden) stage.begin(plan, new StageOutput.Start()).await()).states();
    }

    @Test
    void threadsAreSharedOutAndNoStageIsWithout() {
        assertEquals(2, CpuRunnerProvider.threads(2, 1, 0));
        assertEquals(1, CpuRunnerProvider.threads(2, 3, 0));
        assertEquals(2, CpuRunnerProvider.threads(5, 3, 1));
        assertEquals(2, CpuRunnerProvider.threads(5, 3, 2));
        assertEquals(1, CpuRunnerProvider.threads(5, 3, 0));
    }
}
