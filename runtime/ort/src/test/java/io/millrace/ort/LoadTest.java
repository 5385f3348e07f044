package io.millrace.ort;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Limits;
import io.millrace.api.ModelManifest;
import io.millrace.engine.ModelRunnerProvider;
import io.millrace.model.graph.WeightPrecision;
import io.millrace.ort.linux.MachineMemory;
import io.millrace.ort.paged.PagedRunnerProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadTest {
    private static final ModelManifest MODEL =
            new ModelManifest("model", 30, 576, 9, 3, 64, 1536, 49152, 8192, 10_000, 1e-5, true, true, false);

    @TempDir
    private Path folder;

    @Test
    void everyDeviceHasItsProvider() {
        assertEquals(CpuRunnerProvider.class, provider("cpu"));
        assertEquals(PagedRunnerProvider.class, provider("host"));
        assertEquals(PagedRunnerProvider.class, provider("cuda:0"));
    }

    private static Class<?> provider(String device) {
        return ServiceLoader.load(ModelRunnerProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.runsOn(device))
                .findFirst()
                .orElseThrow()
                .getClass();
    }

    @Test
    void theCpuIsThereWhereNoDeviceIsNamed() {
        assertEquals(Optional.of("cpu"), new CpuRunnerProvider().automatic());
        assertFalse(new CpuRunnerProvider().runsOn("cuda:0"));
    }

    @Test
    void aModelThatDoesNotFitIsRefusedWithWhatWould() {
        Limits limits = TestModel.limits(16, 2048, 4096);
        MemoryNeed need = MemoryNeed.of(MODEL, 30, limits, 150 << 20, WeightPrecision.AUTO, 3);
        long forFive = need.bytes() - 11 * need.perSlot();
        IOException refusal = assertThrows(IOException.class, () -> need.check(MODEL, limits, 1, forFive));
        assertTrue(refusal.getMessage().endsWith("A max-batch of 5 would fit."), refusal.getMessage());
        IOException nothing = assertThrows(IOException.class, () -> need.check(MODEL, limits, 1, 1 << 20));
        assertTrue(nothing.getMessage().contains("Not even one sequence"), nothing.getMessage());
    }

    @Test
    void theChartGivesAPodWhatTheDefaultModelTakesWithTheDefaultLimits() throws Exception {
        String chart = Files.readString(Path.of("../../deploy/helm/millrace/values.yaml"));
        Matcher memory = Pattern.compile("limits: \\{.*memory: (\\d+)Gi}").matcher(chart);
        assertTrue(memory.find());
        long gibibytes = Long.parseLong(memory.group(1));
        MemoryNeed need = MemoryNeed.of(MODEL, 30, Limits.DEFAULTS, 110 << 20, WeightPrecision.AUTO, 3);
        long besideTheHeap = (gibibytes << 30) / 4 * 3;
        need.check(MODEL, Limits.DEFAULTS, 1, besideTheHeap);
        assertThrows(IOException.class, () -> need.check(MODEL, Limits.DEFAULTS, 1, besideTheHeap * 2 / 3));
    }

    @Test
    void theCacheOfASequenceIsTwoFloatsPerPositionHeadAndWidth() throws Exception {
        MemoryNeed need = MemoryNeed.of(MODEL, 30, TestModel.limits(16, 2048, 4096), 0, WeightPrecision.AUTO, 3);
        assertEquals(2L * 30 * 3 * 64 * 2049 * Float.BYTES, need.perSlot());
        need.check(MODEL, TestModel.limits(16, 2048, 4096), 1, need.bytes());
    }

    @Test
    void replicasShareTheFileAndHaveTheRestTwice() throws Exception {
        Limits limits = TestModel.limits(16, 2048, 4096);
        MemoryNeed need = MemoryNeed.of(MODEL, 30, limits, 150 << 20, WeightPrecision.AUTO, 3);
        long both = 2 * need.bytes() - need.file();
        need.check(MODEL, limits, 2, both);
        IOException refusal = assertThrows(IOException.class, () -> need.check(MODEL, limits, 2, both - 2));
        assertTrue(refusal.getMessage().contains("in each of 2 replicas"), refusal.getMessage());
        assertTrue(refusal.getMessage().endsWith("A max-batch of 15 would fit."), refusal.getMessage());
    }

    @Test
    void floatsAreHeldInThirtyTwoBitsHoweverTheyAreStored() {
        Limits limits = TestModel.limits(16, 2048, 4096);
        for (WeightPrecision precision : WeightPrecision.values()) {
            long stored = 100 << 20;
            long held = switch (precision) {
                case FP16 -> 2 * stored;
                case FP8 -> 4 * stored;
                default -> stored;
            };
            assertEquals(
                    stored + held,
                    MemoryNeed.of(MODEL, 30, limits, stored, precision, 3).weights(),
                    precision.label());
        }
    }

    @Test
    void aModelThatFitsTheMachineButNotBesideOthersIsWarnedOf() {
        MemoryNeed need = new MemoryNeed(100 << 20, 100 << 20, 10 << 20, 4, 60 << 20);
        assertTrue(need.warning(new MachineMemory(1 << 30, 299 << 20))
                .orElseThrow()
                .contains("hold the rest"));
        assertTrue(need.warning(new MachineMemory(1 << 30, 399 << 20))
                .orElseThrow()
                .contains("page cache"));
        assertTrue(need.warning(new MachineMemory(1 << 30, 400 << 20)).isEmpty());
    }

    @Test
    void aContextBeyondTheModelsIsRefused() throws Exception {
        Path tiny = TinyModel.write(folder, 7);
        IOException refusal = assertThrows(
                IOException.class, () -> TestModel.load(tiny, 1, TestModel.limits(1, TinyModel.CONTEXT + 1, 64)));
        assertTrue(refusal.getMessage().contains("at most 128"), refusal.getMessage());
    }

    @Test
    void moreShardsThanLayersAreRefused() throws Exception {
        Path tiny = TinyModel.write(folder, 7);
        IOException refusal =
                assertThrows(IOException.class, () -> TestModel.load(tiny, 4, TestModel.limits(1, 64, 64)));
        assertTrue(refusal.getMessage().endsWith("shards must be 1 to 3, not 4"), refusal.getMessage());
    }

    @Test
    void aFileThatIsNoModelIsRefusedByName() throws Exception {
        Path file = Files.writeString(folder.resolve("notes.gguf"), "not a model, but long enough to have a header");
        IOException refusal =
                assertThrows(IOException.class, () -> TestModel.load(file, 1, TestModel.limits(1, 64, 64)));
        assertTrue(refusal.getMessage().contains("notes.gguf"), refusal.getMessage());
    }
}
