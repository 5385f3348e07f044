package io.millrace.ort.capi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.ExternalTensor;
import io.millrace.model.onnx.OnnxGraph;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeSessionTest {
    private final MemorySegment x = Memory.floats(1, 2, 3, 4);
    private final MemorySegment weight = Memory.floats(10, 20);
    private final MemorySegment y = Memory.floats(0, 0, 0, 0);

    @AfterEach
    void noHandleIsLeft() {
        assertEquals(Map.of(), HandleCount.live());
    }

    /** y[T, 2] = x[T, 2] * weight[2]. */
    private static byte[] scale() {
        OnnxGraph graph = new OnnxGraph("scale");
        graph.input("x", ElementType.FLOAT32, "T", 2);
        graph.input("weight", ElementType.FLOAT32, 2);
        graph.output("y", ElementType.FLOAT32, "T", 2);
        graph.apply(OnnxGraph.STANDARD, "Mul", "y", Map.of(), "x", "weight");
        return graph.toModel().toByteArray();
    }

    @Test
    void aRunReadsAndWritesMemoryOfOurs() {
        try (NativeSession session = NativeSession.create(scale(), new SessionSettings());
                RunSettings settings = new RunSettings();
                IoBinding binding = session.bind()) {
            bind(binding, 2);
            session.run(binding, settings);
        }
        assertArrayEquals(new float[] {10, 40, 30, 80}, Memory.read(y));
    }

    @Test
    void whatWasBoundStaysBoundAndIsReadAgain() {
        try (NativeSession session = NativeSession.create(scale(), new SessionSettings());
                RunSettings settings = new RunSettings().withoutWaiting();
                IoBinding binding = session.bind()) {
            bind(binding, 2);
            session.run(binding, settings);
            x.copyFrom(Memory.floats(5, 5, 5, 5));
            weight.copyFrom(Memory.floats(1, 2));
            session.run(binding, settings);
        }
        assertArrayEquals(new float[] {5, 10, 5, 10}, Memory.read(y));
    }

    @Test
    void anotherShapeIsBoundOverTheSameMemory() {
        try (NativeSession session = NativeSession.create(scale(), new SessionSettings());
                RunSettings settings = new RunSettings();
                IoBinding binding = session.bind()) {
            bind(binding, 2);
            session.run(binding, settings);
            y.fill((byte) 0);
            try (NativeTensor row = Memory.tensor(x, 1, 2);
                    NativeTensor result = Memory.tensor(y, 1, 2)) {
                binding.input("x", row);
                binding.output("y", result);
            }
            session.run(binding, settings);
        }
        assertArrayEquals(new float[] {10, 40, 0, 0}, Memory.read(y));
    }

    private void bind(IoBinding binding, int rows) {
        try (NativeTensor in = Memory.tensor(x, rows, 2);
                NativeTensor factors = Memory.tensor(weight, 2);
                NativeTensor out = Memory.tensor(y, rows, 2)) {
            binding.input("x", in);
            binding.input("weight", factors);
            binding.output("y", out);
        }
    }

    @Test
    void anInputThatTheGraphLacksIsRefused() {
        try (NativeSession session = NativeSession.create(scale(), new SessionSettings());
                IoBinding binding = session.bind();
                NativeTensor tensor = Memory.tensor(x, 2, 2)) {
            OrtFailure failure = assertThrows(OrtFailure.class, () -> binding.input("z", tensor));
            assertTrue(failure.getMessage().contains("z"), failure.getMessage());
        }
    }

    @Test
    void aRunWithoutAnInputFails() {
        try (NativeSession session = NativeSession.create(scale(), new SessionSettings());
                RunSettings settings = new RunSettings();
                IoBinding binding = session.bind()) {
            OrtFailure failure = assertThrows(OrtFailure.class, () -> session.run(binding, settings));
            assertTrue(failure.code() != 0 && !failure.outOfMemory(), failure.getMessage());
        }
    }

    @Test
    void whatIsNoGraphIsRefused() {
        byte[] rubbish = {1, 2, 3};
        assertThrows(OrtFailure.class, () -> NativeSession.create(rubbish, new SessionSettings()));
    }

    @Test
    void aWrongSettingIsRefused() {
        SessionSettings settings = new SessionSettings().entry("", "1");
        assertThrows(OrtFailure.class, () -> NativeSession.create(scale(), settings));
    }

    @Test
    void aTensorMustFitIntoItsMemory() {
        assertThrows(IllegalArgumentException.class, () -> Memory.tensor(x, 5));
    }

    @Test
    void aTensorThatIsRefusedLeavesNothingBehind() {
        assertThrows(OrtFailure.class, () -> Memory.tensor(x, -1));
    }

    @Test
    void aClosedSessionIsNotUsed() {
        NativeSession session = NativeSession.create(scale(), new SessionSettings());
        session.close();
        session.close();
        assertThrows(IllegalStateException.class, session::bind);
    }

    /** y[T, 2] = x[T, 2] times the matrix of a file. */
    private static byte[] product() {
        OnnxGraph graph = new OnnxGraph("product", "zeros");
        graph.input("x", ElementType.FLOAT32, "T", 2);
        graph.output("y", ElementType.FLOAT32, "T", 2);
        String matrix = graph.weight(new ExternalTensor("matrix", ElementType.FLOAT32, List.of(2L, 2L), 0));
        graph.apply(OnnxGraph.STANDARD, "MatMul", "y", Map.of(), "x", matrix);
        return graph.toModel().toByteArray();
    }

    @Test
    void sessionsComputeWithTheWeightsThatTheyShareAndNotWithTheFiles(@TempDir Path folder) throws Exception {
        Files.write(folder.resolve("zeros"), new byte[4 * Float.BYTES]);
        MemorySegment matrix = Memory.floats(1, 2, 3, 4);
        try (SharedWeights weights = new SharedWeights(Map.of("matrix", Memory.tensor(matrix, 2, 2)));
                NativeSession first = sharing(weights, folder);
                NativeSession second = sharing(weights, folder)) {
            for (NativeSession session : List.of(first, second, first)) {
                y.fill((byte) 0);
                try (RunSettings settings = new RunSettings();
                        IoBinding binding = session.bind();
                        NativeTensor in = Memory.tensor(x, 2, 2);
                        NativeTensor out = Memory.tensor(y, 2, 2)) {
                    binding.input("x", in);
                    binding.output("y", out);
                    session.run(binding, settings);
                }
                assertArrayEquals(new float[] {7, 10, 15, 22}, Memory.read(y));
            }
        }
    }

    private static NativeSession sharing(SharedWeights weights, Path folder) {
        SessionSettings settings = new SessionSettings()
                .weights(weights)
                .entry("session.model_external_initializers_file_folder_path", folder.toString());
        return NativeSession.create(product(), settings);
    }
}
