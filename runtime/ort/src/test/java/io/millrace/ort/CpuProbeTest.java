package io.millrace.ort;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.engine.ModelProbe.Peaks;
import io.millrace.engine.ModelProbe.Probed;
import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuProbeTest {
    private static final int[] TEXT = Steps.randomTokens(12, TinyModel.VOCABULARY, 3);

    @TempDir
    private Path folder;

    @Test
    void theLogitsOfEveryTokenAreShownOnceAndInOrder() throws Exception {
        float[][] seen = new float[TEXT.length][];
        List<Integer> positions = new ArrayList<>();
        Probed probed = new CpuProbe().scored(options(1), (position, logits) -> {
            positions.add(position);
            seen[position] = new float[logits.remaining()];
            logits.get(seen[position]);
        });
        try (var model = probed.model()) {
            Steps steps = new Steps(model);
            assertEquals(0, steps.run(Steps.slice(0, 0, false, Steps.range(TEXT, 0, 7))).length);
            steps.run(Steps.slice(0, 7, false, Steps.range(TEXT, 7, 11)));
            steps.run(Steps.slice(0, 11, false, TEXT[11]));
        }
        assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), positions);
        assertEquals(greedyAfter(TEXT), argmax(seen[11]));
        assertEquals(greedyAfter(Steps.range(TEXT, 0, 5)), argmax(seen[4]));
    }

    @Test
    void everyStageWritesTheTimesOfItsNodes() throws Exception {
        Path profiles = Files.createDirectory(folder.resolve("profiles"));
        try (var model = new CpuProbe().profiled(options(2), profiles).model()) {
            new Steps(model).generate(0, TEXT, 3);
        }
        try (Stream<Path> files = Files.list(profiles)) {
            List<Path> all = files.sorted().toList();
            assertEquals(2, all.size());
            assertTrue(Files.readString(all.getFirst()).contains("layer0.qkv_out"));
            assertTrue(Files.readString(all.getLast()).contains("logits:MatMulNBits"));
        }
    }

    @Test
    void aMachineReadsAndMultiplies() throws Exception {
        Peaks peaks = new CpuProbe().peaks(2);
        assertTrue(peaks.bytesPerSecond() > 0 && Double.isFinite(peaks.bytesPerSecond()), peaks::toString);
        assertTrue(peaks.floatProductsPerSecond() > 0 && peaks.byteProductsPerSecond() > 0, peaks::toString);
        assertEquals(
                "reads 20.5 GB/s, multiplies 90 G/s in float32 and 160 G/s in 8 bits",
                new Peaks(20.5e9, 90e9, 160e9).toString());
    }

    private int greedyAfter(int[] tokens) throws Exception {
        try (var model = new CpuRunnerProvider().load(options(1))) {
            return new Steps(model).run(Steps.slice(0, 0, tokens))[0];
        }
    }

    private LoadOptions options(int shards) throws Exception {
        return TestModel.options(
                TinyModel.write(folder, 7), folder.resolve("cache"), shards, 1, TestModel.limits(1, 64, 64));
    }

    private static int argmax(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }
}
