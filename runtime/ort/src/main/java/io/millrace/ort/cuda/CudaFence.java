package io.millrace.ort.cuda;

import io.millrace.ort.device.Fence;
import java.lang.foreign.MemorySegment;

/** An event recorded in the stream. Waiting spins: a step's end is worth a core for microseconds. */
final class CudaFence implements Fence {
    private final CudaRuntime runtime;
    private final int device;
    private final MemorySegment event;

    CudaFence(CudaRuntime runtime, int device, MemorySegment event) {
        this.runtime = runtime;
        this.device = device;
        this.event = event;
    }

    @Override
    public void await() {
        // A thread that never chose a device would start a context on the first one.
        runtime.use(device);
        runtime.call(runtime.eventSynchronize, event);
    }

    @Override
    public void close() {
        runtime.call(runtime.eventDestroy, event);
    }
}
