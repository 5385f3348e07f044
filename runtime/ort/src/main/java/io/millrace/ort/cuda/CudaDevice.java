package io.millrace.ort.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.millrace.ort.capi.OrtMemory;
import io.millrace.ort.capi.SessionSettings;
import io.millrace.ort.device.Device;
import io.millrace.ort.device.Fence;
import io.millrace.ort.device.MemoryUse;
import io.millrace.ort.device.StepGraph;
import io.millrace.ort.device.StepKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** An NVIDIA GPU with one stream of its own. */
public final class CudaDevice implements Device {
    private static final int STREAM_NON_BLOCKING = 1;
    private static final int EVENT_WITHOUT_TIMING = 2;
    /** Other threads, which load or prepare something, do not break this thread's capture. */
    private static final int CAPTURE_THREAD_LOCAL = 1;

    private static final int MULTIPROCESSOR_COUNT = 16;
    private static final int CAPABILITY_MAJOR = 75;
    private static final int CAPABILITY_MINOR = 76;
    private static final int BUS_ID_BYTES = 32;
    private static final int PEER_ACCESS_ALREADY_ENABLED = 704;

    private final int ordinal;
    private final ActivationType type;
    private final CudaLibraries libraries;
    private final CudaRuntime runtime;
    private final MemorySegment stream;
    private final Map<String, CudaModule> modules = new HashMap<>();
    private final Map<String, Kernel> kernels = new HashMap<>();
    private final CudaStepKernels stepKernels;
    private boolean capturing;

    private CudaDevice(int ordinal, ActivationType type, CudaLibraries libraries) {
        this.ordinal = ordinal;
        this.type = type;
        this.libraries = libraries;
        this.runtime = libraries.runtime();
        this.stream = made(runtime.streamCreate, STREAM_NON_BLOCKING);
        this.stepKernels = new CudaStepKernels(this);
    }

    /**
     * Opens a device for the calling thread, which owns it from then on.
     *
     * @param type of the activations, and so of logits
     * @throws io.millrace.ort.device.DeviceException where the device does not start
     */
    public static CudaDevice open(int ordinal, ActivationType type) {
        return new CudaDevice(ordinal, type, CudaLibraries.load(LibraryFinder.system()));
    }

    @Override
    public String name() {
        return "cuda:" + ordinal;
    }

    @Override
    public String provider() {
        return "CUDAExecutionProvider";
    }

    /** As in {@code 0000:65:00.0}, for {@link Nvml}. */
    public String busId() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(BUS_ID_BYTES);
            current().call(runtime.busId, text, BUS_ID_BYTES, ordinal);
            return text.getString(0);
        }
    }

    @Override
    public MemoryUse memory() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment free = arena.allocate(JAVA_LONG);
            MemorySegment total = arena.allocate(JAVA_LONG);
            current().call(runtime.memoryInfo, free, total);
            return new MemoryUse(free.get(JAVA_LONG, 0), total.get(JAVA_LONG, 0));
        }
    }

    /** Aligned to 256 bytes. */
    @Override
    public MemorySegment allocate(long bytes) {
        return sized(made(runtime.malloc, bytes), bytes);
    }

    @Override
    public void release(MemorySegment memory) {
        current().call(runtime.free, memory);
    }

    @Override
    public MemorySegment staging(long bytes) {
        return sized(made(runtime.hostAlloc, bytes, 0), bytes);
    }

    @Override
    public void releaseStaging(MemorySegment memory) {
        current().call(runtime.freeHost, memory);
    }

    @SuppressWarnings("restricted") // C's pointers have no size.
    private static MemorySegment sized(MemorySegment pointer, long bytes) {
        return pointer.reinterpret(bytes);
    }

    @Override
    public void copyIn(MemorySegment device, MemorySegment host) {
        current().copy(device, host, host.byteSize(), stream);
    }

    @Override
    public void copyOut(MemorySegment host, MemorySegment device) {
        current().copy(host, device, host.byteSize(), stream);
    }

    @Override
    public void fill(MemorySegment device, byte value) {
        current().call(runtime.memsetAsync, device, (int) value, device.byteSize(), stream);
    }

    @Override
    public Fence fence() {
        MemorySegment event = made(runtime.eventCreate, EVENT_WITHOUT_TIMING);
        current().call(runtime.eventRecord, event, stream);
        return new CudaFence(runtime, ordinal, event);
    }

    @Override
    public MemorySegment stream() {
        return stream;
    }

    @Override
    public void configure(SessionSettings settings) {
        settings.cuda(ordinal, stream);
    }

    @Override
    public OrtMemory memoryInfo() {
        return OrtMemory.cuda(ordinal);
    }

    /** A failure inside of the work ends the capture, and is thrown on. */
    @Override
    public Optional<StepGraph> capture(Runnable work) {
        current().call(runtime.beginCapture, stream, CAPTURE_THREAD_LOCAL);
        capturing = true;
        MemorySegment graph;
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            abandonCapture();
            throw e;
        } finally {
            capturing = false;
        }
        graph = captured();
        try {
            return Optional.of(new CudaGraph(runtime, stream, made(runtime.graphInstantiate, graph, 0L)));
        } finally {
            current().call(runtime.graphDestroy, graph);
        }
    }

    private MemorySegment captured() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            current().call(runtime.endCapture, stream, out);
            return out.get(ADDRESS, 0);
        }
    }

    /** The stream must leave capture mode; that what was captured is broken is known already. */
    private void abandonCapture() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            if (runtime.endCapture.call(stream, out) == 0
                    && !out.get(ADDRESS, 0).equals(MemorySegment.NULL)) {
                runtime.graphDestroy.call(out.get(ADDRESS, 0));
            }
        }
    }

    /**
     * The runtime, with this device current. Each call sees to it, because a thread may have been with another device
     * since, and what a device is called from may move from thread to thread.
     */
    private CudaRuntime current() {
        runtime.use(ordinal);
        return runtime;
    }

    boolean capturing() {
        return capturing;
    }

    @Override
    public StepKernels kernels() {
        return stepKernels;
    }

    ActivationType type() {
        return type;
    }

    CudaLibraries libraries() {
        return libraries;
    }

    /** Compiled at first use, in a second or less. */
    Kernel kernel(String source, String name) {
        current();
        CudaModule module = modules.computeIfAbsent(
                source, s -> CudaModule.load(libraries.driver(), libraries.nvrtc(), s, type, capability()));
        return kernels.computeIfAbsent(source + " " + name, key -> module.kernel(name));
    }

    int ordinal() {
        return ordinal;
    }

    /** Lets this device read and write the memory of another one of this machine, where they are linked so. */
    boolean canAddress(int other) {
        if (other == ordinal) {
            return true;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_INT);
            current().call(runtime.canAccessPeer, out, ordinal, other);
            if (out.get(JAVA_INT, 0) == 0) {
                return false;
            }
        }
        runtime.callUnless(PEER_ACCESS_ALREADY_ENABLED, runtime.enablePeer, other, 0);
        return true;
    }

    /** Compute capability: 90 is 9.0. */
    int capability() {
        return attribute(CAPABILITY_MAJOR) * 10 + attribute(CAPABILITY_MINOR);
    }

    int multiprocessors() {
        return attribute(MULTIPROCESSOR_COUNT);
    }

    private int attribute(int attribute) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_INT);
            current().call(runtime.deviceAttribute, out, attribute, ordinal);
            return out.get(JAVA_INT, 0);
        }
    }

    /** Milliseconds that the device takes for the work, waiting for it. */
    float time(Runnable work) {
        MemorySegment begin = made(runtime.eventCreate, 0);
        MemorySegment end = made(runtime.eventCreate, 0);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_FLOAT);
            current().call(runtime.eventRecord, begin, stream);
            work.run();
            current().call(runtime.eventRecord, end, stream);
            current().call(runtime.eventSynchronize, end);
            current().call(runtime.eventElapsed, out, begin, end);
            return out.get(JAVA_FLOAT, 0);
        } finally {
            current().call(runtime.eventDestroy, begin);
            current().call(runtime.eventDestroy, end);
        }
    }

    /** A handle that the function writes to its first argument. */
    private MemorySegment made(NativeFunction function, Object... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            Object[] all = new Object[arguments.length + 1];
            all[0] = out;
            System.arraycopy(arguments, 0, all, 1, arguments.length);
            current().call(function, all);
            return out.get(ADDRESS, 0);
        }
    }

    @Override
    public void close() {
        current().call(runtime.streamSynchronize, stream);
        stepKernels.close();
        modules.values().forEach(CudaModule::close);
        current().call(runtime.streamDestroy, stream);
    }
}
