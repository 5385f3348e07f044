package io.millrace.ort.paged;

import io.millrace.api.Limits;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import io.millrace.engine.StepPlan;
import io.millrace.model.paged.GraphDialect;
import io.millrace.model.paged.PagedPrecision;
import io.millrace.ort.Golden;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Logits of a model in several precisions against those of the first, on the same device and fed the same tokens, as a
 * Markdown table: {@code java ... io.millrace.ort.paged.PrecisionCheck MODEL DEVICE GOLDEN_FOLDER fp16/auto fp8/auto ...}, each
 * precision and kv-precision, and perhaps {@code /cuda:0,1} for as many tensor-parallel ranks. A model of random weights is fed random tokens, and the folder is not read.
 */
final class PrecisionCheck {
    private static final int RANDOM_VOCABULARY = 1000;
    private static final int BLOCK = 256;

    private final String model;
    private final String device;
    private final List<Text> texts;

    /** @param continuation fed token by token, whatever the model chooses */
    record Text(int[] prompt, int[] continuation) {}

    /**
     * Of all positions together.
     *
     * @param worst     largest error of a logit, as a share of the largest logit
     * @param rms       root of the mean squared error, as a share of that of the logits
     * @param agreeing  positions whose largest logit is the same token's
     * @param positions compared
     * @param usedBytes of the devices, with the model loaded; 0 where they do not tell
     */
    record Outcome(double worst, double rms, int agreeing, int positions, long usedBytes) {}

    PrecisionCheck(String model, String device, List<Text> texts) {
        this.model = model;
        this.device = device;
        this.texts = texts;
    }

    public static void main(String[] args) throws Exception {
        boolean random = args[0].startsWith("random:");
        PrecisionCheck check =
                new PrecisionCheck(args[0], args[1], random ? randomTexts(8, 512, 32) : goldenTexts(args[2]));
        List<String> precisions = Stream.of(args).skip(3).toList();
        List<float[]> reference = new ArrayList<>();
        System.out.println("| precision | worst logit error | rms error | same argmax | GiB used |");
        System.out.println("|---|---|---|---|---|");
        for (String precision : precisions) {
            Outcome outcome = check.compare(precision, reference);
            System.out.printf(
                    "| %s | %.1e | %.1e | %d of %d | %.1f |%n",
                    precision,
                    outcome.worst(),
                    outcome.rms(),
                    outcome.agreeing(),
                    outcome.positions(),
                    outcome.usedBytes() / (double) (1L << 30));
        }
    }

    private static List<Text> goldenTexts(String folder) throws Exception {
        return Golden.all(Path.of(folder)).stream()
                .map(golden -> new Text(golden.prompt(), golden.continuation()))
                .toList();
    }

    /** Of tokens that every vocabulary has. */
    static List<Text> randomTexts(int count, int prompt, int continuation) {
        Random random = new Random(1);
        return Stream.generate(() -> new Text(
                        random.ints(prompt, 0, RANDOM_VOCABULARY).toArray(),
                        random.ints(continuation, 0, RANDOM_VOCABULARY).toArray()))
                .limit(count)
                .toList();
    }

    /** @param reference by position and text; where it is empty this precision's becomes it, and is compared with itself */
    Outcome compare(String precision, List<float[]> reference) throws Exception {
        String[] parts = precision.split("/");
        int longest = texts.stream()
                .mapToInt(text -> text.prompt().length + text.continuation().length)
                .max()
                .orElseThrow();
        int all = texts.stream().mapToInt(text -> text.prompt().length).sum();
        Limits limits = HostModels.limits(texts.size(), Math.ceilDiv(longest, BLOCK) * BLOCK, all, BLOCK);
        String on = parts.length > 2 ? parts[2] : device;
        int ranks = on.split(",").length;
        LoadOptions options = new LoadOptions(
                Path.of(model), Path.of("target"), on, 1, OptionalInt.empty(), ranks, 2, parts[0], parts[1], limits);
        GraphDialect dialect = on.equals(PagedRunnerProvider.HOST) ? GraphDialect.HOST : GraphDialect.CUDA;
        LogitTap tap =
                new LogitTap(PagedPrecision.named(parts[0], parts[1], dialect).activations());
        try (LoadedModel loaded = new PagedRunnerProvider(devices -> new TappedDevices(devices, tap)).load(options)) {
            List<float[]> logits = logits(new PackedSteps(loaded, limits), tap);
            if (reference.isEmpty()) {
                reference.addAll(logits);
            }
            long used = loaded.deviceUse().get().stream()
                    .mapToLong(use -> use.memoryUsedBytes())
                    .sum();
            return outcome(reference, logits, used);
        }
    }

    private List<float[]> logits(PackedSteps steps, LogitTap tap) throws Exception {
        List<float[]> logits = new ArrayList<>();
        for (int position = 0; position < texts.getFirst().continuation().length; position++) {
            List<StepPlan.Slice> slices = new ArrayList<>();
            for (int slot = 0; slot < texts.size(); slot++) {
                Text text = texts.get(slot);
                int before = text.prompt().length + position - 1;
                slices.add(
                        position == 0
                                ? steps.slice(slot, 0, text.prompt())
                                : steps.slice(slot, before, text.continuation()[position - 1]));
            }
            steps.run(slices);
            logits.addAll(Arrays.asList(tap.rows()).subList(0, texts.size()));
        }
        return logits;
    }

    private static Outcome outcome(List<float[]> reference, List<float[]> logits, long usedBytes) {
        double worst = 0;
        double largest = 0;
        double errors = 0;
        double squares = 0;
        int agreeing = 0;
        for (int row = 0; row < logits.size(); row++) {
            float[] expected = reference.get(row);
            float[] actual = logits.get(row);
            for (int i = 0; i < actual.length; i++) {
                double error = (double) actual[i] - expected[i];
                worst = Math.max(worst, Math.abs(error));
                largest = Math.max(largest, Math.abs(expected[i]));
                errors += error * error;
                squares += (double) expected[i] * expected[i];
            }
            agreeing += best(actual) == best(expected) ? 1 : 0;
        }
        return new Outcome(worst / largest, Math.sqrt(errors / squares), agreeing, logits.size(), usedBytes);
    }

    private static int best(float[] logits) {
        return IntStream.range(0, logits.length).reduce(0, (best, i) -> logits[i] > logits[best] ? i : best);
    }
}
