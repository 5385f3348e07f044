package io.millrace.ort.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.IntConsumer;

/**
 * Over an OrtKernelContext. One for each node, used again at each computation of it (there is one at a time), with
 * memory of its own, so that a call allocates nothing native.
 */
@SuppressWarnings("restricted") // C's pointers have no size.
final class KernelContext implements KernelCall {
    private static final int MAX_DIMENSIONS = 8;
    private static final int VALUE = 0;
    private static final int TYPE = 1;
    private static final int SHAPE = 2;
    private static final int COUNT = 3;
    private static final int SCRATCH_SLOTS = 4;

    private final CustomOperator operator;
    private final MemorySegment scratch;
    private final MemorySegment dimensions;
    private MemorySegment context = MemorySegment.NULL;

    /** Made by the first computation that needs it. */
    private ParallelTasks tasks;

    KernelContext(CustomOperator operator) {
        this.operator = operator;
        Arena arena = Arena.ofAuto();
        scratch = arena.allocate(ValueLayout.ADDRESS, SCRATCH_SLOTS);
        dimensions = arena.allocate(ValueLayout.JAVA_LONG, MAX_DIMENSIONS);
    }

    KernelContext at(MemorySegment newContext) {
        context = newContext;
        return this;
    }

    @Override
    public boolean has(int i) {
        return !inputValue(i).equals(MemorySegment.NULL);
    }

    @Override
    public Tensor input(int i) {
        MemorySegment value = inputValue(i);
        if (value.equals(MemorySegment.NULL)) {
            throw new IllegalArgumentException(operator.name() + " without its input " + i);
        }
        long[] shape = shape(value);
        long bytes = NativeTensor.bytes(operator.inputs().get(i).type(), shape);
        return new Tensor(shape, data(value).reinterpret(bytes));
    }

    @Override
    public MemorySegment output(int i, long... shape) {
        MemorySegment.copy(shape, 0, dimensions, ValueLayout.JAVA_LONG, 0, shape.length);
        OrtApi.GET_KERNEL_OUTPUT.call(context, i, dimensions, shape.length, slot(VALUE));
        MemorySegment value = scratch.getAtIndex(ValueLayout.ADDRESS, VALUE);
        return data(value)
                .reinterpret(NativeTensor.bytes(operator.outputs().get(i).type(), shape));
    }

    @Override
    public void inParallel(int count, IntConsumer task) {
        if (tasks == null) {
            tasks = new ParallelTasks();
        }
        tasks.run(context, count, task);
    }

    @Override
    public MemorySegment stream() {
        OrtApi.GET_KERNEL_STREAM.call(context, slot(VALUE));
        return scratch.getAtIndex(ValueLayout.ADDRESS, VALUE);
    }

    /** Null where the node leaves the input out. */
    private MemorySegment inputValue(int i) {
        OrtApi.GET_KERNEL_INPUT.call(context, i, slot(VALUE));
        return scratch.getAtIndex(ValueLayout.ADDRESS, VALUE);
    }

    private long[] shape(MemorySegment value) {
        OrtApi.GET_TENSOR_TYPE_AND_SHAPE_REFERENCE.call(value, slot(TYPE), slot(SHAPE), slot(COUNT));
        long bytes = scratch.getAtIndex(ValueLayout.JAVA_LONG, COUNT) * Long.BYTES;
        return scratch.getAtIndex(ValueLayout.ADDRESS, SHAPE).reinterpret(bytes).toArray(ValueLayout.JAVA_LONG);
    }

    private MemorySegment data(MemorySegment value) {
        OrtApi.GET_TENSOR_MUTABLE_DATA.call(value, slot(VALUE));
        return scratch.getAtIndex(ValueLayout.ADDRESS, VALUE);
    }

    private MemorySegment slot(int i) {
        return scratch.asSlice(i * ValueLayout.ADDRESS.byteSize());
    }
}
