package io.millrace.ort;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.millrace.engine.ModelProbe.Peaks;
import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.OnnxGraph;
import io.millrace.ort.capi.OrtRuntime;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What threads of this machine reach where nothing else holds them up. The best of several rounds counts: whatever else runs
 * can only take away from it.
 */
final class CpuPeaks {
    private static final int ROUNDS = 10;
    /** Of one thread: several times what a core's share of any cache holds. */
    private static final int LONGS = 8 << 20;

    private static final int ROWS = 256;
    private static final int INNER = 1024;
    private static final int COLUMNS = 1024;

    private static final Map<ElementType, OnnxJavaType> TYPES = Map.of(
            ElementType.FLOAT32, OnnxJavaType.FLOAT,
            ElementType.UINT8, OnnxJavaType.UINT8,
            ElementType.INT8, OnnxJavaType.INT8);

    private CpuPeaks() {}

    static Peaks measure(int threads) throws OrtException, InterruptedException {
        return new Peaks(
                bytesPerSecond(threads),
                productsPerSecond("MatMul", threads, ElementType.FLOAT32, ElementType.FLOAT32, ElementType.FLOAT32),
                productsPerSecond("MatMulInteger", threads, ElementType.UINT8, ElementType.INT8, ElementType.INT32));
    }

    private static double bytesPerSecond(int threads) throws OrtException, InterruptedException {
        long[][] memory = new long[threads][LONGS];
        Arrays.stream(memory).forEach(own -> Arrays.fill(own, 1));
        return best((double) threads * LONGS * Long.BYTES, () -> {
            Thread[] readers = IntStream.range(0, threads)
                    .mapToObj(
                            i -> Thread.ofPlatform().name("millrace-peak-" + i).start(() -> read(memory[i])))
                    .toArray(Thread[]::new);
            for (Thread reader : readers) {
                reader.join();
            }
        });
    }

    private static void read(long[] memory) {
        long sum = 0;
        for (long value : memory) {
            sum += value;
        }
        if (sum != memory.length) {
            throw new IllegalStateException("memory does not hold what was written");
        }
    }

    /** Of an operator on two matrices, each as large as one of a model's. */
    private static double productsPerSecond(
            String operator, int threads, ElementType left, ElementType right, ElementType result)
            throws OrtException, InterruptedException {
        OnnxGraph graph = new OnnxGraph("peak");
        graph.input("left", left, ROWS, INNER);
        graph.input("right", right, INNER, COLUMNS);
        graph.output("result", result, ROWS, COLUMNS);
        graph.node(OnnxGraph.STANDARD, operator, List.of("left", "right"), List.of("result"), Map.of());
        OrtEnvironment environment = OrtRuntime.environment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            try (OrtSession session = environment.createSession(graph.toModel().toByteArray(), options);
                    OnnxTensor a = zeros(environment, left, ROWS, INNER);
                    OnnxTensor b = zeros(environment, right, INNER, COLUMNS)) {
                Map<String, OnnxTensor> inputs = Map.of("left", a, "right", b);
                return best(
                        (double) ROWS * INNER * COLUMNS,
                        () -> session.run(inputs).close());
            }
        }
    }

    private static OnnxTensor zeros(OrtEnvironment environment, ElementType type, int rows, int columns)
            throws OrtException {
        ByteBuffer data =
                ByteBuffer.allocateDirect(rows * columns * type.bytes()).order(ByteOrder.nativeOrder());
        return OnnxTensor.createTensor(environment, data, new long[] {rows, columns}, TYPES.get(type));
    }

    @FunctionalInterface
    private interface Work {
        void run() throws OrtException, InterruptedException;
    }

    private static double best(double amount, Work work) throws OrtException, InterruptedException {
        double best = 0;
        for (int i = 0; i < ROUNDS; i++) {
            long begun = System.nanoTime();
            work.run();
            best = Math.max(best, amount * 1e9 / (System.nanoTime() - begun));
        }
        return best;
    }
}
