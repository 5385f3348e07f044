package io.millrace.ort.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Kernels of one source, compiled and loaded for the calling thread's current device. */
final class CudaModule implements AutoCloseable {
    private final CudaDriver driver;
    private final MemorySegment module;
    // Shared: what loads a model and what runs it are two threads, one after the other.
    private final Arena arena = Arena.ofShared();

    private CudaModule(CudaDriver driver, MemorySegment module) {
        this.driver = driver;
        this.module = module;
    }

    /** @param capability of the device: 90 is 9.0 */
    static CudaModule load(CudaDriver driver, Nvrtc nvrtc, String source, ActivationType type, int capability) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment code =
                    nvrtc.compile(KernelSource.read(source), compileOptions(type, "sm_" + capability), arena);
            MemorySegment out = arena.allocate(ADDRESS);
            driver.call(driver.moduleLoad, out, code);
            return new CudaModule(driver, out.get(ADDRESS, 0));
        }
    }

    static List<String> compileOptions(ActivationType type, String architecture) {
        List<String> options = new ArrayList<>(List.of("--std=c++17", "--gpu-architecture=" + architecture));
        options.addAll(type.compileOptions);
        return options;
    }

    /** @throws io.millrace.ort.device.DeviceException where the device has no such kernel */
    Kernel kernel(String name) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment out = scratch.allocate(ADDRESS);
            driver.call(driver.moduleFunction, out, module, scratch.allocateFrom(name));
            return new Kernel(driver, name, out.get(ADDRESS, 0), arena);
        }
    }

    @Override
    public void close() {
        driver.call(driver.moduleUnload, module);
        arena.close();
    }
}
