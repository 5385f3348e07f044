package io.millrace.ort.cuda;

import io.millrace.ort.device.StepGraph;
import java.lang.foreign.MemorySegment;

/** Work captured once, queued again by one call. Owned by the device's thread. */
final class CudaGraph implements StepGraph {
    private final CudaRuntime runtime;
    private final MemorySegment stream;
    private final MemorySegment executable;

    CudaGraph(CudaRuntime runtime, MemorySegment stream, MemorySegment executable) {
        this.runtime = runtime;
        this.stream = stream;
        this.executable = executable;
    }

    @Override
    public void launch() {
        runtime.call(runtime.graphLaunch, executable, stream);
    }

    @Override
    public void close() {
        runtime.call(runtime.graphExecDestroy, executable);
    }
}
