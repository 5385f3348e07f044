package io.millrace.ort.paged;

import io.millrace.ort.capi.KernelAttributes;
import io.millrace.ort.capi.KernelCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** A computation of an operator without ONNX Runtime around it. In memory that lives as long as it. */
final class FakeCall implements KernelCall {
    private final Arena arena = Arena.ofAuto();
    private final Map<Integer, Tensor> inputs = new HashMap<>();
    private MemorySegment output;

    FakeCall floats(int input, float[] values, long... shape) {
        inputs.put(input, new Tensor(shape, arena.allocateFrom(ValueLayout.JAVA_FLOAT, values)));
        return this;
    }

    FakeCall ints(int input, int[] values, long... shape) {
        inputs.put(input, new Tensor(shape, arena.allocateFrom(ValueLayout.JAVA_INT, values)));
        return this;
    }

    float[] result() {
        return output.toArray(ValueLayout.JAVA_FLOAT);
    }

    @Override
    public boolean has(int i) {
        return inputs.containsKey(i);
    }

    @Override
    public Tensor input(int i) {
        return inputs.get(i);
    }

    @Override
    public MemorySegment output(int i, long... shape) {
        output = arena.allocate(ValueLayout.JAVA_FLOAT, Arrays.stream(shape).reduce(1, Math::multiplyExact));
        return output;
    }

    @Override
    public void inParallel(int count, IntConsumer task) {
        IntStream.range(0, count).forEach(task);
    }

    @Override
    public MemorySegment stream() {
        return MemorySegment.NULL;
    }

    /** Integers by name. */
    static KernelAttributes attributes(Map<String, Long> integers) {
        return new KernelAttributes() {
            @Override
            public long integer(String name) {
                return integers.get(name);
            }

            @Override
            public float real(String name) {
                throw new AssertionError(name);
            }
        };
    }
}
