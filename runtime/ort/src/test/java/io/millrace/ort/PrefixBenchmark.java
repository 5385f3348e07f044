package io.millrace.ort;

import io.millrace.api.Limits;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelRunnerProvider;
import io.millrace.engine.StepPlan.Copy;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * What a shared prompt of 1,000 tokens costs each of 16 clients, and what its copies cost: the scheduler over the stages,
 * without network. The command that runs it and its figures are in loadtest/RESULTS.md.
 *
 * <p>Arguments: threads and precision, 2 and auto where left out. With one thread nothing spins, which is fairer where others use
 * the machine. One step is in flight, since the one thread that begins steps here computes them before it hears of any.
 */
final class PrefixBenchmark {
    private static final int CLIENTS = 16;
    private static final int SHARED = 1000;
    private static final int OWN = 16;
    private static final int VOCABULARY = 49_152;
    private static final int REPETITIONS = 15;

    private final LoadedModel model;
    private final Limits limits;

    private PrefixBenchmark(LoadedModel model, Limits limits) {
        this.model = model;
        this.limits = limits;
    }

    public static void main(String[] arguments) throws Exception {
        int threads = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 2;
        String precision = arguments.length > 1 ? arguments[1] : ModelRunnerProvider.AUTO;
        Limits limits = TestModel.with(
                TestModel.limits(CLIENTS, 2048, 4096), Map.of("prefixCacheTokens", 16_384, "stepsInFlight", 1));
        try (LoadedModel model = TestModel.load(TestModel.smolLm2(), precision, threads, limits)) {
            System.out.println(model.description());
            PrefixBenchmark benchmark = new PrefixBenchmark(model, limits);
            benchmark.clients();
            benchmark.copies();
        }
    }

    private void clients() {
        System.out.printf(
                "%n| %d clients, %d shared and %d own tokens | first TTFT | later, median | later, worst |%n",
                CLIENTS, SHARED, OWN);
        System.out.println("|---|---|---|---|");
        row("one after the other", oneByOne(1));
        row("the first, then 15 at once", together(2));
    }

    private static void row(String name, double[] millis) {
        double[] later = Arrays.copyOfRange(millis, 1, millis.length);
        Arrays.sort(later);
        System.out.printf(
                "| %s | %.0f ms | %.0f ms (%.3f) | %.0f ms (%.3f) |%n",
                name,
                millis[0],
                later[later.length / 2],
                later[later.length / 2] / millis[0],
                later[later.length - 1],
                later[later.length - 1] / millis[0]);
    }

    private double[] oneByOne(int seed) {
        ScheduledRun run = new ScheduledRun(limits, model);
        double[] millis = new double[CLIENTS];
        for (int client = 0; client < CLIENTS; client++) {
            millis[client] = firstTokens(run, List.of(prompt(seed, client)))[0];
        }
        return millis;
    }

    private double[] together(int seed) {
        ScheduledRun run = new ScheduledRun(limits, model);
        double first = firstTokens(run, List.of(prompt(seed, 0)))[0];
        double[] later = firstTokens(
                run,
                IntStream.range(1, CLIENTS)
                        .mapToObj(client -> prompt(seed, client))
                        .toList());
        return DoubleStream.concat(DoubleStream.of(first), Arrays.stream(later)).toArray();
    }

    /** Milliseconds from now to the first token of each prompt; then waits for the rest of their 8 tokens. */
    private static double[] firstTokens(ScheduledRun run, List<int[]> prompts) {
        long start = System.nanoTime();
        List<Long> ids = prompts.stream().map(prompt -> run.submit(prompt, 8)).toList();
        double[] millis = new double[ids.size()];
        while (run.turn()) {
            for (int i = 0; i < millis.length; i++) {
                if (millis[i] == 0 && !run.tokens.get(ids.get(i)).isEmpty()) {
                    millis[i] = (System.nanoTime() - start) / 1e6;
                }
            }
        }
        return millis;
    }

    private static int[] prompt(int seed, int client) {
        int[] prompt = Arrays.copyOf(Steps.randomTokens(SHARED, VOCABULARY, seed), SHARED + OWN);
        System.arraycopy(Steps.randomTokens(OWN, VOCABULARY, 1000 + client), 0, prompt, SHARED, OWN);
        return prompt;
    }

    /** Of all whole blocks of the shared prompt. */
    private void copies() throws Exception {
        Steps steps = new Steps(model);
        List<Integer> blocks = IntStream.range(0, SHARED / 16).boxed().toList();
        steps.run(Steps.slice(0, 0, Steps.randomTokens(SHARED, VOCABULARY, 1)));
        double plain = median(() -> steps.result(List.of(), Steps.slice(1, 0, 5, 6)));
        for (Copy.Kind kind : Copy.Kind.values()) {
            int slot = kind == Copy.Kind.SAVE ? 0 : 2;
            double with = median(() -> steps.result(List.of(new Copy(kind, slot, 0, blocks)), Steps.slice(1, 0, 5, 6)));
            System.out.printf("%s of %d positions: %.1f ms%n", kind, blocks.size() * 16, with - plain);
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    private static double median(Action action) throws Exception {
        double[] millis = new double[REPETITIONS];
        for (int i = 0; i < millis.length; i++) {
            long start = System.nanoTime();
            action.run();
            millis[i] = (System.nanoTime() - start) / 1e6;
        }
        Arrays.sort(millis);
        return millis[millis.length / 2];
    }
}
