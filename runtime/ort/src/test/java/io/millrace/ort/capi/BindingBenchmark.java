package io.millrace.ort.capi;

import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.OnnxGraph;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What a step pays for the way it reaches ONNX Runtime, beside what is computed: prints microseconds of CPU time, the
 * least of some rounds. A main method, run by hand.
 */
final class BindingBenchmark {
    private static final int WEIGHTS = 300;
    private static final int OPERATORS = 100;
    private static final int REBOUND = 8;
    private static final int ROUNDS = 30;
    private static final int CALLS = 500;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final MemorySegment memory = Memory.floats(1);

    private BindingBenchmark() {}

    public static void main(String[] arguments) {
        BindingBenchmark benchmark = new BindingBenchmark();
        benchmark.tensor();
        benchmark.runs("run, 1 input", chain(0), 0, 0);
        benchmark.runs("run, 1 + " + WEIGHTS + " inputs", sum(), WEIGHTS, 0);
        benchmark.runs("the same, " + REBOUND + " of them bound anew", sum(), WEIGHTS, REBOUND);
        benchmark.runs("run, " + OPERATORS + " operators in Java", chain(OPERATORS), 0, 0);
    }

    /** y = x + w0 + w1 ... */
    private static OnnxGraph sum() {
        OnnxGraph graph = new OnnxGraph("sum");
        List<String> inputs = IntStream.range(0, WEIGHTS)
                .mapToObj(i -> graph.input("w" + i, ElementType.FLOAT32, "T"))
                .toList();
        graph.node(OnnxGraph.STANDARD, "Sum", inputs, List.of("weights"), Map.of());
        graph.input("x", ElementType.FLOAT32, "T");
        graph.output("y", ElementType.FLOAT32, "T");
        graph.apply(OnnxGraph.STANDARD, "Add", "y", Map.of(), "x", "weights");
        return graph;
    }

    /** Operators one behind the other, that copy one number. */
    private static OnnxGraph chain(int length) {
        OnnxGraph graph = new OnnxGraph("chain");
        String last = graph.input("x", ElementType.FLOAT32, "T");
        graph.output("y", ElementType.FLOAT32, "T");
        for (int i = 0; i < length; i++) {
            last = graph.apply(OnnxGraph.MILLRACE, "Copy", "copy" + i, Map.of(), last);
        }
        graph.apply(OnnxGraph.STANDARD, "Neg", "y", Map.of(), last);
        return graph;
    }

    private static CustomOperator copy() {
        List<CustomOperator.Port> port = List.of(CustomOperator.Port.of(ElementType.FLOAT32));
        return new CustomOperator("Copy", "CPUExecutionProvider", port, port, attributes -> call -> {
            KernelCall.Tensor in = call.input(0);
            call.output(0, in.shape()).copyFrom(in.address());
        });
    }

    private void tensor() {
        print("make and close a tensor", () -> Memory.tensor(memory, 1).close());
    }

    private void runs(String what, OnnxGraph graph, int weights, int rebound) {
        SessionSettings settings = new SessionSettings().operator(copy());
        try (NativeSession session = NativeSession.create(graph.toModel().toByteArray(), settings);
                RunSettings run = new RunSettings();
                IoBinding binding = session.bind();
                NativeTensor tensor = Memory.tensor(memory, 1);
                NativeTensor result = Memory.tensor(Memory.floats(0), 1)) {
            bind(binding, weights);
            binding.input("x", tensor);
            binding.output("y", result);
            print(what, () -> {
                bind(binding, rebound);
                session.run(binding, run);
            });
        }
    }

    private void bind(IoBinding binding, int weights) {
        for (int i = 0; i < weights; i++) {
            try (NativeTensor tensor = Memory.tensor(memory, 1)) {
                binding.input("w" + i, tensor);
            }
        }
    }

    private static void print(String what, Runnable call) {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long begin = THREADS.getCurrentThreadCpuTime();
            for (int i = 0; i < CALLS; i++) {
                call.run();
            }
            least = Math.min(least, THREADS.getCurrentThreadCpuTime() - begin);
        }
        System.out.printf("%-36s %6.2f us%n", what, least / 1e3 / CALLS);
    }
}
