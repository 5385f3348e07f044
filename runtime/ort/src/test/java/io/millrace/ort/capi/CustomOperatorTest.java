package io.millrace.ort.capi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.OnnxGraph;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CustomOperatorTest {
    private static final CustomOperator.Port FLOATS = CustomOperator.Port.of(ElementType.FLOAT32);
    private static final List<CustomOperator.Port> INPUTS =
            List.of(FLOATS, FLOATS.asOptional(), FLOATS.asOptional().inCpuMemory());

    private final MemorySegment x = Memory.floats(1, 2, 3, 4, 5, 6);
    private final MemorySegment y = Memory.floats(0, 0, 0);

    @AfterEach
    void noHandleIsLeft() {
        assertEquals(Map.of(), HandleCount.live());
    }

    private static CustomOperator operator(CustomOperator.Factory factory) {
        return new CustomOperator("RowSum", "CPUExecutionProvider", INPUTS, List.of(FLOATS), factory);
    }

    /** y[T] = RowSum(x[T, 2], further inputs), doubled by an operator of ONNX Runtime's: x + x. */
    private static byte[] graph(String... further) {
        OnnxGraph graph = new OnnxGraph("sums");
        graph.input("x", ElementType.FLOAT32, "T", 2);
        graph.input("bias", ElementType.FLOAT32, 1);
        graph.output("y", ElementType.FLOAT32, "T");
        graph.apply(OnnxGraph.STANDARD, "Add", "twice", Map.of(), "x", "x");
        String[] inputs = new String[further.length + 1];
        inputs[0] = "twice";
        System.arraycopy(further, 0, inputs, 1, further.length);
        graph.apply(OnnxGraph.MILLRACE, "RowSum", "y", Map.of("factor", 3L, "offset", 0.5f), inputs);
        return graph.toModel().toByteArray();
    }

    /** factor * (sum of the row) + offset + bias. */
    private static CustomOperator.Kernel rowSum(KernelAttributes attributes) {
        long factor = attributes.integer("factor");
        float offset = attributes.real("offset");
        return call -> {
            KernelCall.Tensor in = call.input(0);
            int width = (int) in.shape()[1];
            MemorySegment out = call.output(0, in.shape()[0]);
            float added = offset + bias(call, 1) + bias(call, 2);
            for (int row = 0; row < in.shape()[0]; row++) {
                float sum = 0;
                for (int i = 0; i < width; i++) {
                    sum += in.address().getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * width + i);
                }
                out.setAtIndex(ValueLayout.JAVA_FLOAT, row, factor * sum + added);
            }
        };
    }

    private static float bias(KernelCall call, int input) {
        return call.has(input) ? call.input(input).address().get(ValueLayout.JAVA_FLOAT, 0) : 0;
    }

    private void run(byte[] graph, CustomOperator.Factory factory) {
        try (NativeSession session = NativeSession.create(graph, new SessionSettings().operator(operator(factory)))) {
            run(session, 3);
        }
    }

    private void run(NativeSession session, int rows) {
        try (IoBinding binding = session.bind();
                RunSettings settings = new RunSettings();
                NativeTensor in = Memory.tensor(x, rows, 2);
                NativeTensor bias = Memory.tensor(Memory.floats(100), 1);
                NativeTensor out = Memory.tensor(y, rows)) {
            binding.input("x", in);
            binding.input("bias", bias);
            binding.output("y", out);
            session.run(binding, settings);
        }
    }

    @Test
    void anOperatorInJavaComputesANode() {
        run(graph(), CustomOperatorTest::rowSum);
        assertArrayEquals(new float[] {18.5f, 42.5f, 66.5f}, Memory.read(y));
    }

    @Test
    void anOptionalInputMayBeGivenOrLeftOut() {
        run(graph("bias"), CustomOperatorTest::rowSum);
        assertArrayEquals(new float[] {118.5f, 142.5f, 166.5f}, Memory.read(y));
        run(graph("", "bias"), CustomOperatorTest::rowSum);
        assertArrayEquals(new float[] {118.5f, 142.5f, 166.5f}, Memory.read(y));
        run(graph("bias", "bias"), CustomOperatorTest::rowSum);
        assertArrayEquals(new float[] {218.5f, 242.5f, 266.5f}, Memory.read(y));
    }

    @Test
    void theNextRunMayHaveAnotherShape() {
        try (NativeSession session =
                NativeSession.create(graph(), new SessionSettings().operator(operator(CustomOperatorTest::rowSum)))) {
            run(session, 3);
            y.fill((byte) 0);
            run(session, 1);
        }
        assertArrayEquals(new float[] {18.5f, 0, 0}, Memory.read(y));
    }

    @Test
    void twoOperatorsMayBelongToOneSession() {
        CustomOperator other = new CustomOperator(
                "Other", "CPUExecutionProvider", List.of(FLOATS), List.of(FLOATS), attributes -> call -> {});
        SessionSettings settings = new SessionSettings().operator(other).operator(operator(CustomOperatorTest::rowSum));
        try (NativeSession session = NativeSession.create(graph(), settings)) {
            run(session, 3);
        }
        assertArrayEquals(new float[] {18.5f, 42.5f, 66.5f}, Memory.read(y));
    }

    @Test
    void whatAnOperatorThrowsFailsTheRunAndNothingElse() {
        RuntimeException[] thrown = {new IllegalStateException("no rows today")};
        CustomOperator failing = operator(attributes -> {
            CustomOperator.Kernel kernel = rowSum(attributes);
            return call -> {
                if (thrown[0] != null) {
                    throw thrown[0];
                }
                kernel.compute(call);
            };
        });
        try (NativeSession session = NativeSession.create(graph(), new SessionSettings().operator(failing))) {
            OrtFailure failure = assertThrows(OrtFailure.class, () -> run(session, 3));
            assertTrue(failure.getMessage().contains("no rows today"), failure.getMessage());
            assertSame(thrown[0], failure.getCause());
            thrown[0] = null;
            run(session, 3);
        }
        assertArrayEquals(new float[] {18.5f, 42.5f, 66.5f}, Memory.read(y));
    }

    @Test
    void anErrorIsCaughtBeforeItMeetsC() {
        OrtFailure failure = assertThrows(
                OrtFailure.class,
                () -> run(graph(), attributes -> call -> {
                    throw new AssertionError("broken");
                }));
        assertTrue(failure.getMessage().contains("broken"), failure.getMessage());
    }

    @Test
    void aMissingInputIsNamed() {
        OrtFailure failure =
                assertThrows(OrtFailure.class, () -> run(graph("bias"), attributes -> call -> call.input(2)));
        assertTrue(failure.getMessage().contains("RowSum without its input 2"), failure.getMessage());
    }

    @Test
    void anOutputOfAnotherShapeThanItsMemoryFails() {
        assertThrows(OrtFailure.class, () -> run(graph(), attributes -> call -> call.output(0, 2)));
    }

    @Test
    void aKernelThatIsNotMadeFailsTheSession() {
        OrtFailure failure = assertThrows(
                OrtFailure.class,
                () -> run(graph(), attributes -> {
                    attributes.integer("heads");
                    return call -> {};
                }));
        assertTrue(failure.getMessage().contains("heads"), failure.getMessage());
        assertTrue(failure.getCause() instanceof OrtFailure);
    }

    @Test
    void anOperatorThatIsNotGivenFailsTheSession() {
        OrtFailure failure = assertThrows(OrtFailure.class, () -> NativeSession.create(graph(), new SessionSettings()));
        assertTrue(failure.getMessage().contains("RowSum"), failure.getMessage());
    }

    /** Doubled rows' sums, each a task, of which two are under way at the same time where there are two threads. */
    private static CustomOperator.Kernel rowTasks(Set<Thread> threads, CyclicBarrier together) {
        return call -> {
            KernelCall.Tensor in = call.input(0);
            int rows = (int) in.shape()[0];
            MemorySegment out = call.output(0, rows);
            call.inParallel(rows, row -> {
                threads.add(Thread.currentThread());
                meet(together);
                float sum = in.address().getAtIndex(ValueLayout.JAVA_FLOAT, 2L * row)
                        + in.address().getAtIndex(ValueLayout.JAVA_FLOAT, 2L * row + 1);
                out.setAtIndex(ValueLayout.JAVA_FLOAT, row, sum);
            });
        };
    }

    private static void meet(CyclicBarrier together) {
        try {
            together.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void tasksOfAnOperatorRunOnTheThreadsOfTheSession() {
        for (int parties : new int[] {1, 2}) {
            Set<Thread> threads = ConcurrentHashMap.newKeySet();
            CyclicBarrier together = new CyclicBarrier(parties);
            SessionSettings settings = new SessionSettings()
                    .threads(parties)
                    .operator(operator(attributes -> rowTasks(threads, together)));
            try (NativeSession session = NativeSession.create(graph(), settings)) {
                run(session, 2);
                run(session, 2);
            }
            assertArrayEquals(new float[] {6, 14, 0}, Memory.read(y));
            assertEquals(parties, threads.size());
            assertTrue(threads.contains(Thread.currentThread()));
        }
    }

    @Test
    void whatATaskThrowsFailsTheRunAndNothingElse() {
        boolean[] fails = {true};
        CustomOperator operator = operator(attributes -> {
            CustomOperator.Kernel kernel = rowSum(attributes);
            return call -> {
                call.inParallel(3, number -> {
                    if (fails[0] && number == 1) {
                        throw new IllegalStateException("no row 1 today");
                    }
                });
                kernel.compute(call);
            };
        });
        try (NativeSession session =
                NativeSession.create(graph(), new SessionSettings().threads(2).operator(operator))) {
            OrtFailure failure = assertThrows(OrtFailure.class, () -> run(session, 3));
            assertTrue(failure.getMessage().contains("no row 1 today"), failure.getMessage());
            fails[0] = false;
            run(session, 3);
        }
        assertArrayEquals(new float[] {18.5f, 42.5f, 66.5f}, Memory.read(y));
    }

    @Test
    void thereIsNoStreamOnTheCpu() {
        MemorySegment[] stream = {x};
        run(graph(), attributes -> {
            CustomOperator.Kernel kernel = rowSum(attributes);
            return call -> {
                stream[0] = call.stream();
                kernel.compute(call);
            };
        });
        assertEquals(MemorySegment.NULL, stream[0]);
    }
}
