package io.millrace.ort.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.millrace.ort.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** The functions in use of the driver, libcuda, as cuda.h declares them: what is installed, and launching kernels. */
final class CudaDriver {
    static final List<String> SONAMES = List.of("libcuda.so.1");

    final NativeFunction moduleLoad;
    final NativeFunction moduleUnload;
    final NativeFunction moduleFunction;
    final NativeFunction launch;
    private final NativeFunction init;
    private final NativeFunction version;
    private final NativeFunction deviceCount;

    private CudaDriver(NativeLibrary library) {
        init = library.function("cuInit", JAVA_INT);
        version = library.function("cuDriverGetVersion", ADDRESS);
        deviceCount = library.function("cuDeviceGetCount", ADDRESS);
        moduleLoad = library.function("cuModuleLoadData", ADDRESS, ADDRESS);
        moduleUnload = library.function("cuModuleUnload", ADDRESS);
        moduleFunction = library.function("cuModuleGetFunction", ADDRESS, ADDRESS, ADDRESS);
        launch = library.function(
                "cuLaunchKernel",
                ADDRESS,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                ADDRESS,
                ADDRESS,
                ADDRESS);
    }

    static Optional<CudaDriver> find(LibraryFinder finder) {
        return NativeLibrary.find(finder, SONAMES, "cuInit", "cuLaunchKernel").map(CudaDriver::new);
    }

    /** @throws DeviceException where the function returns an error */
    void call(NativeFunction function, Object... arguments) {
        int code = function.call(arguments);
        if (code != 0) {
            throw new DeviceException(CudaRuntime.kind(code), function.name() + " failed with error " + code);
        }
    }

    /** The newest CUDA that the driver serves: 12080 is 12.8. */
    int version() {
        return read(version);
    }

    /** @return 0 where the driver finds none, or cannot start */
    int deviceCount() {
        return init.call(0) == 0 ? read(deviceCount) : 0;
    }

    private int read(NativeFunction function) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_INT);
            call(function, out);
            return out.get(JAVA_INT, 0);
        }
    }
}
