package io.millrace.ort.capi;

import java.lang.foreign.MemorySegment;
import java.util.function.IntConsumer;

/** One computation of a custom operator. Valid during it only. */
public interface KernelCall {
    /**
     * @param address on the operator's device, or in CPU memory where the port says so; as long as the shape and type say
     */
    record Tensor(long[] shape, MemorySegment address) {}

    /** Whether the node has the input {@code i}, which is optional. */
    boolean has(int i);

    /** @throws IllegalArgumentException where the node has no such input */
    Tensor input(int i);

    /** Memory for the output {@code i}, which ONNX Runtime allocates. */
    MemorySegment output(int i, long... shape);

    /**
     * Runs tasks on the threads that compute the session, this one among them, and returns when all have ended.
     *
     * @param task is given numbers from 0 to {@code count - 1}, in any order; what one throws is thrown here
     */
    void inParallel(int count, IntConsumer task);

    /** cudaStream_t that the work must be queued in; null on the CPU, where it is to be done on return. */
    MemorySegment stream();
}
