package io.millrace.ort.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.millrace.ort.device.DeviceException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * The functions in use of libcudart, CUDA 12 or later (driver_types.h and cuda_runtime_api.h name them and their codes).
 *
 * <p>Version 12 first, because that is the copy which ONNX Runtime is linked to: streams and errors are shared with it.
 */
final class CudaRuntime {
    static final List<String> SONAMES = List.of("libcudart.so.12", "libcudart.so.13");

    private static final int MEMORY_ALLOCATION = 2;

    /** cudaMemcpyDefault: the addresses say where they lie. */
    private static final int COPY_BY_ADDRESS = 4;

    final NativeFunction setDevice;
    final NativeFunction deviceAttribute;
    final NativeFunction busId;
    final NativeFunction canAccessPeer;
    final NativeFunction enablePeer;
    final NativeFunction memoryInfo;
    final NativeFunction malloc;
    final NativeFunction free;
    final NativeFunction hostAlloc;
    final NativeFunction freeHost;
    final NativeFunction memcpyAsync;
    final NativeFunction memsetAsync;
    final NativeFunction streamCreate;
    final NativeFunction streamDestroy;
    final NativeFunction streamSynchronize;
    final NativeFunction beginCapture;
    final NativeFunction endCapture;
    final NativeFunction eventCreate;
    final NativeFunction eventRecord;
    final NativeFunction eventSynchronize;
    final NativeFunction eventElapsed;
    final NativeFunction eventDestroy;
    final NativeFunction graphInstantiate;
    final NativeFunction graphLaunch;
    final NativeFunction graphDestroy;
    final NativeFunction graphExecDestroy;
    private final NativeFunction lastError;
    private final NativeFunction errorName;
    private final NativeFunction errorString;

    private CudaRuntime(NativeLibrary library) {
        setDevice = library.function("cudaSetDevice", JAVA_INT);
        deviceAttribute = library.function("cudaDeviceGetAttribute", ADDRESS, JAVA_INT, JAVA_INT);
        busId = library.function("cudaDeviceGetPCIBusId", ADDRESS, JAVA_INT, JAVA_INT);
        canAccessPeer = library.function("cudaDeviceCanAccessPeer", ADDRESS, JAVA_INT, JAVA_INT);
        enablePeer = library.function("cudaDeviceEnablePeerAccess", JAVA_INT, JAVA_INT);
        memoryInfo = library.function("cudaMemGetInfo", ADDRESS, ADDRESS);
        malloc = library.function("cudaMalloc", ADDRESS, JAVA_LONG);
        free = library.function("cudaFree", ADDRESS);
        hostAlloc = library.function("cudaHostAlloc", ADDRESS, JAVA_LONG, JAVA_INT);
        freeHost = library.function("cudaFreeHost", ADDRESS);
        memcpyAsync = library.function("cudaMemcpyAsync", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS);
        memsetAsync = library.function("cudaMemsetAsync", ADDRESS, JAVA_INT, JAVA_LONG, ADDRESS);
        streamCreate = library.function("cudaStreamCreateWithFlags", ADDRESS, JAVA_INT);
        streamDestroy = library.function("cudaStreamDestroy", ADDRESS);
        streamSynchronize = library.function("cudaStreamSynchronize", ADDRESS);
        beginCapture = library.function("cudaStreamBeginCapture", ADDRESS, JAVA_INT);
        endCapture = library.function("cudaStreamEndCapture", ADDRESS, ADDRESS);
        eventCreate = library.function("cudaEventCreateWithFlags", ADDRESS, JAVA_INT);
        eventRecord = library.function("cudaEventRecord", ADDRESS, ADDRESS);
        eventSynchronize = library.function("cudaEventSynchronize", ADDRESS);
        eventElapsed = library.function("cudaEventElapsedTime", ADDRESS, ADDRESS, ADDRESS);
        eventDestroy = library.function("cudaEventDestroy", ADDRESS);
        graphInstantiate = library.function("cudaGraphInstantiate", ADDRESS, ADDRESS, JAVA_LONG);
        graphLaunch = library.function("cudaGraphLaunch", ADDRESS, ADDRESS);
        graphDestroy = library.function("cudaGraphDestroy", ADDRESS);
        graphExecDestroy = library.function("cudaGraphExecDestroy", ADDRESS);
        lastError = library.function("cudaGetLastError");
        errorName = library.text("cudaGetErrorName", JAVA_INT);
        errorString = library.text("cudaGetErrorString", JAVA_INT);
    }

    static Optional<CudaRuntime> find(LibraryFinder finder) {
        return NativeLibrary.find(finder, SONAMES, "cudaSetDevice", "cudaGraphInstantiate")
                .map(CudaRuntime::new);
    }

    /** @throws DeviceException where the function returns an error */
    void call(NativeFunction function, Object... arguments) {
        int code = function.call(arguments);
        if (code != 0) {
            // Read, so that ONNX Runtime, which asks for the last error after its own kernels, does not take it for its
            // own.
            lastError.call();
            throw failure(function.name(), code);
        }
    }

    /** As {@link #call}, where one error means that nothing is to be done. */
    void callUnless(int harmless, NativeFunction function, Object... arguments) {
        int code = function.call(arguments);
        if (code != 0) {
            lastError.call();
            if (code != harmless) {
                throw failure(function.name(), code);
            }
        }
    }

    DeviceException failure(String what, int code) {
        return new DeviceException(
                kind(code),
                what + " failed: " + errorName.callForText(code) + " (" + code + "), " + errorString.callForText(code));
    }

    /** Driver and runtime share these codes. */
    static DeviceException.Kind kind(int code) {
        return switch (code) {
            case MEMORY_ALLOCATION -> DeviceException.Kind.OUT_OF_MEMORY;
            // Uncorrectable memory or link, contained fault.
            case 214, 220, 226 -> DeviceException.Kind.STICKY;
            // A kernel faulted or the context is gone; every later call in this process fails, too.
            case 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721, 999 -> DeviceException.Kind.STICKY;
            default -> DeviceException.Kind.OTHER;
        };
    }

    /** Makes the device current for the calling thread. */
    void use(int device) {
        call(setDevice, device);
    }

    void copy(MemorySegment to, MemorySegment from, long bytes, MemorySegment stream) {
        call(memcpyAsync, to, from, bytes, COPY_BY_ADDRESS, stream);
    }
}
