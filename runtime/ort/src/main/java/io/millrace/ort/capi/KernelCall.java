package io.millrace.ort.capi;

import java.lang.foreign.MemorySegment;

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

    /** cudaStream_t that the work must be queued in; null on the CPU, where it is to be done on return. */
    MemorySegment stream();
}
