package io.millrace.ort;

import com.sun.management.OperatingSystemMXBean;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelRunnerProvider;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * The raw step, without scheduler or network: what a server around it is measured against. The command that runs it and
 * its figures are in loadtest/RESULTS.md.
 *
 * <p>Arguments: threads and precision, 2 and auto where left out. Times are medians of several repetitions. With one thread
 * nothing spins, so the CPU time is what a step costs even while others use the machine.
 */
final class StepBenchmark {
    private static final int CONTEXT = 256;
    private static final int DECODE_STEPS = 32;
    private static final int REPETITIONS = 5;
    private static final int[] BATCHES = {1, 2, 4, 8, 16, 32};
    private static final int[] CHUNKS = {32, 128, 256, 512};
    private static final int VOCABULARY = 49_152;

    private final Steps steps;

    private StepBenchmark(LoadedModel model) {
        steps = new Steps(model);
    }

    public static void main(String[] arguments) throws Exception {
        int threads = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 2;
        String precision = arguments.length > 1 ? arguments[1] : ModelRunnerProvider.AUTO;
        long start = System.nanoTime();
        try (LoadedModel model = TestModel.load(
                TestModel.smolLm2(),
                precision,
                threads,
                TestModel.limits(Arrays.stream(BATCHES).max().getAsInt(), 2048, 4096))) {
            System.out.printf("%s%nloaded in %.0f ms%n", model.description(), millis(start));
            StepBenchmark benchmark = new StepBenchmark(model);
            long first = System.nanoTime();
            benchmark.steps.run(Steps.slice(0, 0, Steps.randomTokens(16, VOCABULARY, 0)));
            System.out.printf("first token of 16 after %.0f ms%n", millis(first));
            benchmark.decode();
            benchmark.prefill();
        }
    }

    private void decode() throws StepException {
        System.out.printf("%n| batch | tokens/s | ms a step | CPU ms a step |%n|---|---|---|---|%n");
        for (int batch : BATCHES) {
            for (int slot = 0; slot < batch; slot++) {
                steps.run(Steps.slice(slot, 0, Steps.randomTokens(CONTEXT - DECODE_STEPS / 2, VOCABULARY, slot)));
            }
            double[] millis = new double[REPETITIONS];
            double[] cpu = new double[REPETITIONS];
            for (int i = 0; i < REPETITIONS; i++) {
                double before = cpuMillis();
                millis[i] = decodeSteps(batch) / DECODE_STEPS;
                cpu[i] = (cpuMillis() - before) / DECODE_STEPS;
            }
            double step = median(millis);
            System.out.printf("| %d | %.0f | %.2f | %.2f |%n", batch, 1000 * batch / step, step, median(cpu));
        }
    }

    private double decodeSteps(int batch) throws StepException {
        long start = System.nanoTime();
        for (int i = 0; i < DECODE_STEPS; i++) {
            StepPlan.Slice[] rows = new StepPlan.Slice[batch];
            for (int slot = 0; slot < batch; slot++) {
                rows[slot] = Steps.slice(slot, CONTEXT - DECODE_STEPS / 2 + i, 1000 + i);
            }
            steps.run(rows);
        }
        return millis(start);
    }

    private void prefill() throws StepException {
        System.out.printf("%n| prompts | tokens each | tokens/s | ms | CPU ms |%n|---|---|---|---|---|%n");
        for (int chunk : CHUNKS) {
            prefill(1, chunk);
            prefill(2, chunk);
        }
    }

    private void prefill(int prompts, int chunk) throws StepException {
        double[] millis = new double[REPETITIONS];
        double[] cpu = new double[REPETITIONS];
        for (int i = 0; i < REPETITIONS; i++) {
            StepPlan.Slice[] slices = new StepPlan.Slice[prompts];
            for (int slot = 0; slot < prompts; slot++) {
                slices[slot] = Steps.slice(slot, 0, Steps.randomTokens(chunk, VOCABULARY, i + slot));
            }
            double before = cpuMillis();
            long start = System.nanoTime();
            steps.run(slices);
            millis[i] = millis(start);
            cpu[i] = cpuMillis() - before;
        }
        double run = median(millis);
        System.out.printf(
                "| %d | %d | %.0f | %.1f | %.1f |%n", prompts, chunk, 1000 * prompts * chunk / run, run, median(cpu));
    }

    /** CPU time of all threads of this process. */
    private static double cpuMillis() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime() / 1e6;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static double millis(long since) {
        return (System.nanoTime() - since) / 1e6;
    }
}
