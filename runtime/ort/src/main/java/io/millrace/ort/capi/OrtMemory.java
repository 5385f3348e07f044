package io.millrace.ort.capi;

import java.lang.foreign.Arena;

/**
 * Where a tensor's memory lies.
 *
 * @param allocator the name ONNX Runtime has for that kind of memory
 * @param device    which of several
 */
public record OrtMemory(String allocator, int device) {
    /** Readable by Java; what a graph that runs on a device wants in CPU memory lies here, too. */
    public static final OrtMemory HOST = new OrtMemory("Cpu", 0);

    // onnxruntime_c_api.h: OrtDeviceAllocator, OrtMemTypeDefault
    private static final int DEVICE_ALLOCATOR = 0;
    private static final int DEFAULT_TYPE = 0;

    public static OrtMemory cuda(int device) {
        return new OrtMemory("Cuda", device);
    }

    Handle handle() {
        try (Arena arena = Arena.ofConfined()) {
            return Handle.make(
                    HandleCount.Kind.MEMORY_INFO,
                    OrtApi.RELEASE_MEMORY_INFO,
                    out -> OrtApi.CREATE_MEMORY_INFO.call(
                            arena.allocateFrom(allocator), DEVICE_ALLOCATOR, device, DEFAULT_TYPE, out));
        }
    }
}
