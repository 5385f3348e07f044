package io.millrace.ort;

import io.millrace.api.SamplingParams;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * What drafts of a light model at the edge would bring to a model at the center, one link apart: how many of k it guesses right, how
 * long both take, and what comes of it at a delay. Greedy; figures in loadtest/RESULTS.md.
 *
 * <p>Arguments: precision of the draft's weights and of the target's, int4 and fp32 where left out.
 */
final class DraftAcceptance {
    private static final int OUTPUT = 64;
    private static final int MOST = 8;
    /** Tokens of a prompt: longer ones take the target's time and say nothing else. */
    private static final int LONGEST = 512;

    private static final int[] DELAYS = {0, 50, 150};
    private static final int REPETITIONS = 9;

    private final Steps draft;
    private final Steps target;
    /** By number of drafts, over all places: those that were right before the first wrong one. */
    private final double[] accepted = new double[MOST + 1];

    private int places;

    private DraftAcceptance(LoadedModel draft, LoadedModel target) {
        this.draft = new Steps(draft);
        this.target = new Steps(target);
    }

    public static void main(String[] arguments) throws Exception {
        try (LoadedModel draft = load(arguments.length > 0 ? arguments[0] : "int4");
                LoadedModel target = load(arguments.length > 1 ? arguments[1] : "fp32")) {
            System.out.printf("draft: %s%ntarget: %s%n", draft.description(), target.description());
            DraftAcceptance measured = new DraftAcceptance(draft, target);
            List<Golden> all = Golden.all().stream()
                    .filter(golden -> golden.prompt().length < LONGEST)
                    .toList();
            for (Golden golden : all) {
                measured.count(golden.prompt());
            }
            measured.report(all.getFirst().prompt().length);
        }
    }

    private static LoadedModel load(String precision) throws IOException {
        LoadOptions base =
                TestModel.options(TestModel.smolLm2(), TestModel.CACHE, 1, 2, TestModel.limits(OUTPUT, 1024, 1024));
        return new CpuRunnerProvider()
                .load(new LoadOptions(
                        base.model(),
                        base.cache(),
                        base.device(),
                        base.shards(),
                        base.stage(),
                        base.tensorParallel(),
                        base.threads(),
                        precision,
                        base.kvPrecision(),
                        base.limits()));
    }

    /** The draft's choice at every place of the target's own text: what it would draft there, for as long as it was right. */
    private void count(int[] prompt) throws StepException {
        int[] output = target.generate(0, prompt, OUTPUT);
        draft.run(Steps.slice(0, 0, prompt));
        int[] choices = draft.run(drawing(prompt.length, Steps.range(output, 0, OUTPUT - 1)));
        boolean[] right = new boolean[OUTPUT - 1];
        for (int i = 0; i < right.length; i++) {
            right[i] = choices[i] == output[i + 1];
        }
        for (int at = 0; at + MOST <= right.length; at++) {
            places++;
            int run = 0;
            for (int k = 1; k <= MOST; k++) {
                run += run == k - 1 && right[at + k - 1] ? 1 : 0;
                accepted[k] += run;
            }
        }
    }

    private static StepPlan.Slice drawing(int start, int... tokens) {
        return new StepPlan.Slice(
                0, 0, start, tokens, new int[0], tokens.length, SamplingParams.GREEDY, new int[0], start);
    }

    private void report(int position) throws StepException {
        double edge = millis(draft, position, 1);
        double center = millis(target, position, 1);
        System.out.printf("a step of the draft %.1f ms, of the target %.1f ms%n%n", edge, center);
        System.out.println(
                "| k | right of k | verifying | ms a token at 0 / 50 / 150 ms of delay | a target's step that it pays from |");
        System.out.println("|---|---|---|---|---|");
        for (int k = 1; k <= MOST; k++) {
            double mean = accepted[k] / places;
            double verify = millis(target, position, k + 1);
            StringBuilder tokens = new StringBuilder();
            StringBuilder from = new StringBuilder();
            for (int delay : DELAYS) {
                double round = k * edge + 2 * delay + verify;
                tokens.append("%s%.1f".formatted(tokens.isEmpty() ? "" : " / ", round / (mean + 1)));
                // With a step that costs the same for one token and for k + 1, as on a GPU.
                from.append("%s%.0f ms".formatted(from.isEmpty() ? "" : " / ", (k * edge + 2 * delay) / mean));
            }
            System.out.printf("| %d | %.2f | %.1f ms | %s | %s |%n", k, mean, verify, tokens, from);
        }
    }

    private static double millis(Steps steps, int position, int tokens) throws StepException {
        double[] times = new double[REPETITIONS];
        for (int i = 0; i < REPETITIONS; i++) {
            long start = System.nanoTime();
            steps.run(drawing(position, new int[tokens]));
            times[i] = (System.nanoTime() - start) / 1e6;
        }
        Arrays.sort(times);
        return times[REPETITIONS / 2];
    }
}
