package io.millrace.ort.attention;

import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.OnnxGraph;
import io.millrace.ort.capi.IoBinding;
import io.millrace.ort.capi.NativeSession;
import io.millrace.ort.capi.NativeTensor;
import io.millrace.ort.capi.OrtMemory;
import io.millrace.ort.capi.RunSettings;
import io.millrace.ort.capi.SessionSettings;
import io.millrace.ort.device.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * ONNX Runtime's attention and ours over all layers of SmolLM2-135M's shape, so that the cache comes from memory: prints
 * milliseconds of CPU time of one thread, the least of rounds that take turns. A main method, run by hand. Arguments are
 * {@code ROWSxTOKENS@PAST}.
 */
final class AttentionBenchmark {
    private static final int LAYERS = 30;
    private static final int SLOTS = 16;
    private static final int CAPACITY = 2048;
    private static final int FILLED = 1152;
    private static final AttentionShape SHAPE = new AttentionShape(9, 3, 64, CAPACITY, 0.125, 0, 0);
    private static final int OUT = SHAPE.heads() * SHAPE.width();
    private static final int ROW = OUT + 2 * SHAPE.kvHeads() * SHAPE.width();
    private static final int HALF = SHAPE.width() / 2;
    private static final int ROUNDS = 60;
    private static final List<String> POINTS =
            List.of("1x1@199", "4x1@199", "8x1@199", "16x1@199", "16x1@1015", "1x16@992", "1x128@0", "1x128@512");
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final CachedAttention attention = new CachedAttention(SHAPE);
    private final Workspace workspace = new Workspace(SHAPE);
    private final MemorySegment cosines = random((long) CAPACITY * HALF);
    private final MemorySegment sines = random((long) CAPACITY * HALF);

    /** By layer keys, then values. Blocks of keys and their rows are as good as each other where all is random. */
    private final List<MemorySegment> ours = caches();

    private final List<MemorySegment> theirs = caches();

    private AttentionBenchmark() {}

    public static void main(String[] points) {
        AttentionBenchmark benchmark = new AttentionBenchmark();
        WarmUp.run(SHAPE);
        SessionSettings settings = new SessionSettings();
        try (NativeSession session = NativeSession.create(graph().toModel().toByteArray(), settings)) {
            System.out.printf("%-12s %12s %12s %7s%n", "rows", "ONNX Runtime", "ours", "times");
            for (String point : points.length > 0 ? List.of(points) : POINTS) {
                int[] numbers = IntStream.of(0, 1, 2)
                        .map(i -> Integer.parseInt(point.split("[x@]")[i]))
                        .toArray();
                benchmark.compare(session, point, numbers[0], numbers[1], numbers[2]);
            }
        }
    }

    private static OnnxGraph graph() {
        OnnxGraph graph = new OnnxGraph("attention");
        graph.input("qkv", ElementType.FLOAT32, "batch", "sequence", ROW);
        graph.input("last", ElementType.INT32, "batch");
        graph.input("total", ElementType.INT32);
        graph.input("cosines", ElementType.FLOAT32, CAPACITY, HALF);
        graph.input("sines", ElementType.FLOAT32, CAPACITY, HALF);
        for (int i = 0; i < LAYERS; i++) {
            Object[] cache = {"batch", SHAPE.kvHeads(), CAPACITY, SHAPE.width()};
            String keys = graph.input("past" + 2 * i, ElementType.FLOAT32, cache);
            String values = graph.input("past" + (2 * i + 1), ElementType.FLOAT32, cache);
            List<String> outputs = List.of("attended" + i, "present" + 2 * i, "present" + (2 * i + 1));
            graph.output(outputs.get(0), ElementType.FLOAT32, "batch", "sequence", OUT);
            graph.output(outputs.get(1), ElementType.FLOAT32, cache);
            graph.output(outputs.get(2), ElementType.FLOAT32, cache);
            graph.node(
                    OnnxGraph.MICROSOFT,
                    "GroupQueryAttention",
                    List.of("qkv", "", "", keys, values, "last", "total", "cosines", "sines"),
                    outputs,
                    Map.of("num_heads", (long) SHAPE.heads(), "kv_num_heads", (long) SHAPE.kvHeads(), "do_rotary", 1L));
        }
        return graph;
    }

    private static List<MemorySegment> caches() {
        return IntStream.range(0, 2 * LAYERS)
                .mapToObj(i -> {
                    MemorySegment cache = NativeMemory.allocate(SHAPE.head(SLOTS, 0) * Float.BYTES, Arena.global());
                    for (int head = 0; head < SLOTS * SHAPE.kvHeads(); head++) {
                        fill(cache, SHAPE.head(0, head), (long) FILLED * SHAPE.width());
                    }
                    return cache;
                })
                .toList();
    }

    private static MemorySegment random(long count) {
        MemorySegment memory = NativeMemory.allocate(count * Float.BYTES, Arena.global());
        fill(memory, 0, count);
        return memory;
    }

    private static void fill(MemorySegment memory, long first, long count) {
        Random random = new Random(first);
        for (long i = first; i < first + count; i++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, 2 * random.nextFloat() - 1);
        }
    }

    private void compare(NativeSession session, String point, int rows, int tokens, int past) {
        MemorySegment qkv = random((long) rows * tokens * ROW);
        MemorySegment attended = random((long) rows * tokens * OUT);
        try (IoBinding binding = session.bind();
                RunSettings settings = new RunSettings()) {
            bind(binding, qkv, attended, rows, tokens, past);
            long theirTime = Long.MAX_VALUE;
            long ourTime = Long.MAX_VALUE;
            for (int i = 0; i < ROUNDS; i++) {
                theirTime = Math.min(theirTime, time(() -> session.run(binding, settings)));
                ourTime = Math.min(ourTime, time(() -> attend(qkv, attended, rows, tokens, past)));
            }
            System.out.printf(
                    "%-12s %12.2f %12.2f %7.2f%n", point, theirTime / 1e6, ourTime / 1e6, (double) theirTime / ourTime);
        }
    }

    private static long time(Runnable work) {
        long begin = THREADS.getCurrentThreadCpuTime();
        work.run();
        return THREADS.getCurrentThreadCpuTime() - begin;
    }

    private void bind(IoBinding binding, MemorySegment qkv, MemorySegment attended, int rows, int tokens, int past) {
        int[] last = IntStream.generate(() -> past + tokens - 1).limit(rows).toArray();
        binding.input("qkv", floats(qkv, rows, tokens, ROW));
        binding.input("last", ints(last, rows));
        binding.input("total", ints(new int[] {past + tokens}));
        binding.input("cosines", floats(cosines, CAPACITY, HALF));
        binding.input("sines", floats(sines, CAPACITY, HALF));
        for (int i = 0; i < 2 * LAYERS; i++) {
            NativeTensor cache = floats(theirs.get(i), rows, SHAPE.kvHeads(), CAPACITY, SHAPE.width());
            binding.input("past" + i, cache);
            binding.output("present" + i, cache);
        }
        for (int i = 0; i < LAYERS; i++) {
            binding.output("attended" + i, floats(attended, rows, tokens, OUT));
        }
    }

    private static NativeTensor floats(MemorySegment memory, long... shape) {
        return NativeTensor.over(memory, OrtMemory.HOST, ElementType.FLOAT32, shape);
    }

    private static NativeTensor ints(int[] values, long... shape) {
        MemorySegment memory = Arena.global().allocateFrom(ValueLayout.JAVA_INT, values);
        return NativeTensor.over(memory, OrtMemory.HOST, ElementType.INT32, shape);
    }

    private void attend(MemorySegment qkv, MemorySegment attended, int rows, int tokens, int past) {
        for (int layer = 0; layer < LAYERS; layer++) {
            AttentionTensors tensors = new AttentionTensors(
                    new HeadRows(qkv, 0, ROW),
                    new HeadRows(qkv, OUT, ROW),
                    new HeadRows(qkv, OUT + SHAPE.kvHeads() * SHAPE.width(), ROW),
                    ours.get(2 * layer),
                    ours.get(2 * layer + 1),
                    cosines,
                    sines,
                    new HeadRows(attended, 0, OUT));
            for (int row = 0; row < rows; row++) {
                TokenRun run = new TokenRun(row, row * tokens, tokens, past);
                for (int head = 0; head < SHAPE.kvHeads(); head++) {
                    attention.append(tensors, run, head, workspace);
                    attention.attend(tensors, run, head, 0, tokens, workspace);
                }
            }
        }
    }
}
