package io.millrace.ort.paged;

import io.millrace.api.Limits;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import io.millrace.ort.Golden;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * The real model on a device against the fp32 pass of the golden files, in several precisions: {@code java ...
 * io.millrace.ort.paged.GoldenCheck MODEL.gguf cuda:0 GOLDEN_FOLDER fp16/auto fp8/auto ...}, each precision and kv-precision.
 */
final class GoldenCheck {
    private final List<Golden> all;
    private final PackedSteps steps;

    private GoldenCheck(List<Golden> all, PackedSteps steps) {
        this.all = all;
        this.steps = steps;
    }

    public static void main(String[] args) throws Exception {
        List<Golden> all = Golden.all(Path.of(args[2]));
        Limits limits = HostModels.limits(all.size(), 2048, 4096, 256);
        System.out.println("| precision | same argmax | mean error of its log-probability | free runs that differ |");
        System.out.println("|---|---|---|---|");
        for (String precision : Stream.of(args).skip(3).toList()) {
            String[] parts = precision.split("/");
            LoadOptions options = new LoadOptions(
                    Path.of(args[0]),
                    Path.of("target"),
                    args[1],
                    1,
                    OptionalInt.empty(),
                    1,
                    2,
                    parts[0],
                    parts[1],
                    limits);
            try (LoadedModel model = new PagedRunnerProvider().load(options)) {
                new GoldenCheck(all, new PackedSteps(model, limits)).run(precision);
            }
        }
    }

    private void run(String precision) throws StepException {
        int agreeing = 0;
        int positions = 0;
        double error = 0;
        for (int position = 0; position < all.getFirst().continuation().length; position++) {
            StepResult result = steps.run(rows(position));
            for (int i = 0; i < all.size(); i++) {
                Golden golden = all.get(i);
                positions++;
                if (result.tokens()[i] == golden.continuation()[position]) {
                    agreeing++;
                    double expected = golden.topLogits()[position][0] - golden.logSumExp()[position];
                    error += Math.abs(result.logProbs()[i] - expected);
                }
            }
        }
        System.out.printf(
                "| %s | %d of %d | %.4f | %s |%n", precision, agreeing, positions, error / agreeing, freeRuns());
    }

    private List<StepPlan.Slice> rows(int position) {
        List<StepPlan.Slice> rows = new ArrayList<>();
        for (int slot = 0; slot < all.size(); slot++) {
            int[] prompt = all.get(slot).prompt();
            int[] continuation = all.get(slot).continuation();
            rows.add(
                    position == 0
                            ? steps.slice(slot, 0, prompt)
                            : steps.slice(slot, prompt.length + position - 1, continuation[position - 1]));
        }
        return rows;
    }

    /** Where generation that is fed its own tokens leaves the golden text, with the gap of the two likeliest there. */
    private String freeRuns() throws StepException {
        List<String> left = new ArrayList<>();
        for (Golden golden : all) {
            int[] tokens = steps.generate(0, golden.prompt(), golden.continuation().length);
            for (int i = 0; i < tokens.length; i++) {
                if (tokens[i] != golden.continuation()[i]) {
                    left.add("%s at %d (gap %.3f)".formatted(golden.name(), i, golden.gap()[i]));
                    break;
                }
            }
        }
        return left.isEmpty() ? "none" : String.join(", ", left);
    }
}
