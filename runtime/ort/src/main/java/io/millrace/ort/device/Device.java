package io.millrace.ort.device;

import io.millrace.ort.capi.OrtMemory;
import io.millrace.ort.capi.SessionSettings;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Memory, and one queue of work that is done in order: copies, fills, runs of ONNX Runtime, kernels, graphs. Owned by one
 * thread. Every method throws {@link DeviceException} where the device fails, perhaps for work queued before.
 */
public interface Device extends AutoCloseable {
    /** Such as {@code host} or {@code cuda:0}. */
    String name();

    /** ONNX Runtime's execution provider that computes on it. */
    String provider();

    MemoryUse memory();

    /** Memory on the device: readable from Java on the host only. What is in it is not defined. */
    MemorySegment allocate(long bytes);

    /** Waits until no work uses it. Only what {@link #allocate} returned, whole, once. */
    void release(MemorySegment memory);

    /** Memory that Java reads and writes and that the device copies from and to without waiting. */
    MemorySegment staging(long bytes);

    void releaseStaging(MemorySegment memory);

    /** Queues a copy of as many bytes as {@code host} has. Neither may be changed before a later {@link #fence} is passed. */
    void copyIn(MemorySegment device, MemorySegment host);

    /** Queues a copy of as many bytes as {@code host} has, which is read after a later {@link #fence} is passed. */
    void copyOut(MemorySegment host, MemorySegment device);

    /** Queues the setting of every byte. */
    void fill(MemorySegment device, byte value);

    /** A mark behind everything queued so far. */
    Fence fence();

    /** cudaStream_t of the queue; null on the host. */
    MemorySegment stream();

    /** Makes sessions run here: provider, stream, how memory is taken. */
    void configure(SessionSettings settings);

    /** Where {@link #allocate} takes memory from, in ONNX Runtime's terms. */
    OrtMemory memoryInfo();

    /**
     * What {@code work} queues, as a graph that can be queued again by one call; it is not done now. Addresses and shapes
     * are fixed then. Empty where the device has no graphs: then {@code work} has not run.
     */
    Optional<StepGraph> capture(Runnable work);

    StepKernels kernels();

    @Override
    void close();
}
