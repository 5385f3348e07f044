package io.millrace.ort.paged;

import io.millrace.api.Limits;
import io.millrace.api.ModelManifest;
import io.millrace.api.SamplingParams;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.ort.TestModel;
import io.millrace.ort.cuda.CudaPeaks;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Steps of a model over a paged cache, sampling included, as a Markdown table beside what the memory's bandwidth would allow.
 * To be run where the device is: {@code java -cp ... io.millrace.ort.paged.PagedBenchmark random:deepseek-7b cuda:0 fp16 auto 1 1
 * 2048 3.0 1,8,32,64}, that is model, device, precision, kv-precision, tensor-parallel, shards, context, TB/s read, batches.
 * {@code measure} for TB/s has the first GPU measured before.
 * With {@code sumless} behind it tensor-parallel ranks do not sum, so that the difference is what sums take. With {@code prefill} or {@code decode} behind it a profiler that waits for cudaProfilerStart sees one such step and no more.
 */
final class PagedBenchmark {
    private static final int STEPS = 40;
    private static final int WARM_UP = 8;
    private static final int PROMPT = 2048;
    private static final int PREFILLS = 8;
    private static final int BLOCK = 256;

    /** To await a step that has ended takes less. */
    private static final double LATE_MS = 0.02;

    private static final int[] NONE = {};

    private final LoadedModel model;
    private final Limits limits;
    private final Random random = new Random(1);
    private long step;

    private PagedBenchmark(LoadedModel model, Limits limits) {
        this.model = model;
        this.limits = limits;
    }

    public static void main(String[] args) throws Throwable {
        int context = Integer.parseInt(args[6]);
        double bandwidth = bandwidth(args[7]);
        int[] batches =
                Stream.of(args[8].split(",")).mapToInt(Integer::parseInt).toArray();
        int most = Arrays.stream(batches).max().orElseThrow();
        Limits limits = limits(most, Math.ceilDiv(context + WARM_UP + STEPS + 1, BLOCK) * BLOCK);
        long start = System.nanoTime();
        LoadOptions options = new LoadOptions(
                Path.of(args[0]),
                Path.of("target"),
                args[1],
                Integer.parseInt(args[5]),
                OptionalInt.empty(),
                Integer.parseInt(args[4]),
                2,
                args[2],
                args[3],
                limits);
        String mode = args.length > 9 ? args[9] : "";
        PagedRunnerProvider provider =
                mode.equals("sumless") ? new PagedRunnerProvider(SumlessDevices::new) : new PagedRunnerProvider();
        try (LoadedModel model = provider.load(options)) {
            System.out.printf(
                    "%s%nloaded in %.1f s; %s%n",
                    model.description(), seconds(start), model.deviceUse().get());
            PagedBenchmark benchmark = new PagedBenchmark(model, limits);
            if (mode.equals("prefill") || mode.equals("decode")) {
                benchmark.profile(mode.equals("prefill"), most, context);
                return;
            }
            for (int chunk : new int[] {PROMPT, PROMPT / 2, PROMPT / 4}) {
                benchmark.prefill(chunk);
            }
            System.out.println(
                    "| batch | ms a step | worst | tokens/s | begin ms | ahead ms | late | GB moved | floor ms | against the floor |");
            System.out.println("|---|---|---|---|---|---|---|---|---|---|");
            for (int batch : batches) {
                benchmark.decode(batch, context, bandwidth, bytesPerWeight(args[2]), args[3].equals("fp8") ? 1 : 2);
            }
        }
    }

    /** Bytes read a second. */
    private static double bandwidth(String terabytes) {
        if (!terabytes.equals("measure")) {
            return Double.parseDouble(terabytes) * 1e12;
        }
        CudaPeaks peaks = CudaPeaks.measure(0);
        System.out.printf(
                "measured: %.2f TB/s read, %.0f TFLOP/s in fp16%n",
                peaks.readBytesPerSecond() / 1e12, peaks.flopsPerSecond() / 1e12);
        return peaks.readBytesPerSecond();
    }

    private static Limits limits(int batch, int context) {
        return TestModel.with(
                TestModel.limits(batch, context, PROMPT),
                Map.of("prefillChunk", PROMPT, "blockTokens", BLOCK, "kvBlocks", batch * Math.ceilDiv(context, BLOCK)));
    }

    private static double bytesPerWeight(String precision) {
        return switch (precision) {
            case "int4" -> 0.5 + 2.0 / 128;
            case "int8" -> 1 + 2.0 / 128;
            case "fp8" -> 1;
            default -> 2;
        };
    }

    @SuppressWarnings("restricted") // Two functions of C without arguments.
    private void profile(boolean prefill, int batch, int context) throws Throwable {
        SymbolLookup cuda = SymbolLookup.libraryLookup("libcudart.so.12", Arena.global());
        FunctionDescriptor code = FunctionDescriptor.of(ValueLayout.JAVA_INT);
        int[] prompt = new int[Math.min(PROMPT, context)];
        List<StepPlan.Slice> slices = prefill
                ? List.of(slice(0, 0, prompt))
                : IntStream.range(0, batch)
                        .mapToObj(slot -> slice(slot, context, 1))
                        .toList();
        run(slices);
        int started = (int) Linker.nativeLinker()
                .downcallHandle(cuda.findOrThrow("cudaProfilerStart"), code)
                .invokeWithArguments();
        run(slices);
        int stopped = (int) Linker.nativeLinker()
                .downcallHandle(cuda.findOrThrow("cudaProfilerStop"), code)
                .invokeWithArguments();
        System.out.println("profiled: " + started + ", " + stopped);
    }

    /** @param chunk tokens of a step */
    private void prefill(int chunk) throws StepException {
        double[] times = new double[PREFILLS];
        int tokens = Math.min(PROMPT, limits.contextTokens());
        for (int i = -2; i < PREFILLS; i++) {
            int[] prompt = random.ints(tokens, 0, model.manifest().vocabulary()).toArray();
            long start = System.nanoTime();
            StageRun before = null;
            for (int at = 0; at < tokens; at += chunk) {
                StageRun run =
                        begin(List.of(slice(0, at, Arrays.copyOfRange(prompt, at, Math.min(tokens, at + chunk)))));
                if (before != null) {
                    before.await();
                }
                before = run;
            }
            before.await();
            if (i >= 0) {
                times[i] = seconds(start) * 1e3;
            }
        }
        double flops = 2.0 * weights(model.manifest()) * tokens;
        double median = median(times);
        System.out.printf(
                "prefill of %d tokens, %d a step: %.1f ms (least %.1f), %.0f TFLOP/s of matrix products%n",
                tokens, chunk, median, Arrays.stream(times).min().orElseThrow(), flops / median / 1e9);
    }

    /**
     * Prints a row. Ahead: how long before the end of a step the next one was queued; late: the share of steps that ended
     * first, so that the device had nothing to do.
     */
    private void decode(int batch, int context, double bandwidth, double weightBytes, int cacheBytes)
            throws StepException {
        double[] whole = new double[STEPS];
        double[] begin = new double[STEPS];
        double[] ahead = new double[STEPS];
        StageRun before = null;
        long last = System.nanoTime();
        for (int i = -WARM_UP; i < STEPS; i++) {
            int position = context + i + WARM_UP;
            boolean first = before == null;
            List<StepPlan.Slice> rows = IntStream.range(0, batch)
                    .mapToObj(slot -> slice(slot, position, first ? 1 : StepPlan.PENDING))
                    .toList();
            long started = System.nanoTime();
            StageRun run = begin(rows);
            double took = seconds(started) * 1e3;
            long queued = System.nanoTime();
            if (!first) {
                before.await();
            }
            before = run;
            if (i >= 0) {
                begin[i] = took;
                ahead[i] = seconds(queued) * 1e3;
                whole[i] = seconds(last) * 1e3;
            }
            last = System.nanoTime();
        }
        before.await();
        ModelManifest m = model.manifest();
        double moved = weights(m) * weightBytes
                + (double) m.vocabulary() * m.hidden() * weightBytes
                + 2.0 * m.layers() * m.kvHeads() * m.headDim() * cacheBytes * context * batch;
        double median = median(whole);
        double floor = moved / bandwidth * 1e3;
        double late = Arrays.stream(ahead).filter(wait -> wait < LATE_MS).count() / (double) STEPS;
        System.out.printf(
                "| %d | %.2f | %.2f | %.0f | %.2f | %.2f | %.0f%% | %.1f | %.2f | %.2f |%n",
                batch,
                median,
                Arrays.stream(whole).max().orElseThrow(),
                batch / median * 1e3,
                median(begin),
                median(ahead),
                late * 100,
                moved / 1e9,
                floor,
                median / floor);
    }

    /** In the layers' matrices. */
    private static double weights(ModelManifest m) {
        return (double) m.layers() * m.hidden() * ((2.0 * m.heads() + 2.0 * m.kvHeads()) * m.headDim() + 3.0 * m.ffn());
    }

    private StepPlan.Slice slice(int slot, int start, int... tokens) {
        int width = Math.ceilDiv(limits.contextTokens(), BLOCK);
        int[] blocks = IntStream.range(0, Math.ceilDiv(start + tokens.length, BLOCK))
                .map(i -> slot * width + i)
                .toArray();
        return new StepPlan.Slice(slot, slot, start, tokens, blocks, 1, SamplingParams.GREEDY, NONE, 0);
    }

    private StageRun begin(List<StepPlan.Slice> slices) throws StepException {
        StepPlan plan = new StepPlan(step++, slices);
        if (model.stages().size() == 1) {
            return model.stages().getFirst().begin(plan, new StageOutput.Start());
        }
        StageOutput output = run(plan);
        return () -> output;
    }

    private StageOutput run(StepPlan plan) throws StepException {
        StageOutput output = new StageOutput.Start();
        for (ModelStage stage : model.stages()) {
            output = stage.begin(plan, output).await();
        }
        return output;
    }

    private void run(List<StepPlan.Slice> slices) throws StepException {
        run(new StepPlan(step++, slices));
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    private static double median(double[] values) {
        return Arrays.stream(values).sorted().toArray()[values.length / 2];
    }
}
