package io.millrace.ort.device;

import com.sun.management.OperatingSystemMXBean;
import io.millrace.ort.capi.OrtMemory;
import io.millrace.ort.capi.SessionSettings;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The machine's own memory and processor: everything is done when its call returns, and nothing is queued. */
public final class HostDevice implements Device {
    private static final Fence PASSED = new Fence() {
        @Override
        public void await() {}

        @Override
        public void close() {}
    };

    private final StepKernels kernels;
    private final int threads;
    private final Map<Long, Arena> allocations = new HashMap<>();
    private long allocated;

    /** @param threads that compute a run, the caller's among them */
    public HostDevice(StepKernels kernels, int threads) {
        this.kernels = kernels;
        this.threads = threads;
    }

    @Override
    public String name() {
        return "host";
    }

    @Override
    public String provider() {
        return "CPUExecutionProvider";
    }

    /**
     * What neither the Java heap, at its largest, nor this device has taken of the machine or container. What the operating
     * system calls free says less: it fills memory with files that it gives back when asked.
     */
    @Override
    public MemoryUse memory() {
        long total =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        return new MemoryUse(Math.max(0, total - Runtime.getRuntime().maxMemory() - allocated), total);
    }

    @Override
    public MemorySegment allocate(long bytes) {
        // Shared: operators of a session read it from ONNX Runtime's threads.
        Arena arena = Arena.ofShared();
        try {
            MemorySegment memory = NativeMemory.allocate(bytes, arena);
            allocations.put(memory.address(), arena);
            allocated += bytes;
            return memory;
        } catch (OutOfMemoryError e) {
            arena.close();
            throw new DeviceException(DeviceException.Kind.OUT_OF_MEMORY, "no " + bytes + " bytes: " + e.getMessage());
        }
    }

    @Override
    public void release(MemorySegment memory) {
        Arena arena = allocations.remove(memory.address());
        if (arena == null) {
            throw new DeviceException(DeviceException.Kind.OTHER, "released twice, or never allocated: " + memory);
        }
        arena.close();
        allocated -= memory.byteSize();
    }

    @Override
    public MemorySegment staging(long bytes) {
        return allocate(bytes);
    }

    @Override
    public void releaseStaging(MemorySegment memory) {
        release(memory);
    }

    @Override
    public void copyIn(MemorySegment device, MemorySegment host) {
        MemorySegment.copy(host, 0, device, 0, host.byteSize());
    }

    @Override
    public void copyOut(MemorySegment host, MemorySegment device) {
        MemorySegment.copy(device, 0, host, 0, host.byteSize());
    }

    @Override
    public void fill(MemorySegment device, byte value) {
        device.fill(value);
    }

    @Override
    public Fence fence() {
        return PASSED;
    }

    @Override
    public MemorySegment stream() {
        return MemorySegment.NULL;
    }

    @Override
    public void configure(SessionSettings settings) {
        settings.threads(threads);
    }

    @Override
    public OrtMemory memoryInfo() {
        return OrtMemory.HOST;
    }

    @Override
    public Optional<StepGraph> capture(Runnable work) {
        return Optional.empty();
    }

    @Override
    public StepKernels kernels() {
        return kernels;
    }

    /** Releases what was not. */
    @Override
    public void close() {
        allocations.values().forEach(Arena::close);
        allocations.clear();
        allocated = 0;
    }
}
