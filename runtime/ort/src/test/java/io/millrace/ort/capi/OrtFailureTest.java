package io.millrace.ort.capi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.OnnxGraph;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class OrtFailureTest {
    private static final long TOO_MANY = 1L << 50;

    private static OrtFailure failure(String message) {
        return new OrtFailure(1, message);
    }

    @Test
    void anAllocationThatFailsInARunIsToldApart() {
        MemorySegment size = Arena.global().allocateFrom(ValueLayout.JAVA_LONG, TOO_MANY);
        try (NativeSession session = NativeSession.create(zeros(), new SessionSettings());
                RunSettings settings = new RunSettings();
                IoBinding binding = session.bind();
                NativeTensor in = NativeTensor.over(size, OrtMemory.HOST, ElementType.INT64, 1);
                NativeTensor out = Memory.tensor(Memory.floats(0), 1)) {
            binding.input("size", in);
            binding.output("last", out);
            OrtFailure failure = assertThrows(OrtFailure.class, () -> session.run(binding, settings));
            assertTrue(failure.outOfMemory(), failure.getMessage());
        }
        assertEquals(Map.of(), HandleCount.live());
    }

    /** A vector of {@code size} zeros, of which one number is asked for. */
    private static byte[] zeros() {
        OnnxGraph graph = new OnnxGraph("zeros");
        graph.input("size", ElementType.INT64, 1);
        graph.output("last", ElementType.FLOAT32, 1);
        graph.apply(OnnxGraph.STANDARD, "ConstantOfShape", "zeros", Map.of(), "size");
        graph.apply(OnnxGraph.STANDARD, "Gather", "last", Map.of(), "zeros", graph.longs("index", 0));
        return graph.toModel().toByteArray();
    }

    @Test
    void aDeviceWithoutMemoryIsToldApart() {
        assertTrue(failure("CUDA failure 2: out of memory ; GPU=0").outOfMemory());
        assertTrue(
                failure("CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0").outOfMemory());
        assertFalse(failure("either supply unallocated output OrtValues").outOfMemory());
    }

    @Test
    void theErrorOfCudaIsRead() {
        assertEquals(
                OptionalInt.of(700),
                failure("CUDA failure 700: an illegal memory access was encountered ; GPU=0")
                        .cudaError());
        assertEquals(
                OptionalInt.empty(),
                failure("CUBLAS failure 14: CUBLAS_STATUS_INTERNAL_ERROR").cudaError());
    }
}
