package io.millrace.ort.capi;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The process's ONNX Runtime: one library, one environment, for its Java API and for this package. It stays until the
 * process ends: the Java API would release it in a shutdown hook of its own, beside the one in which a node drains, and
 * a step that runs then crashes. Environments are counted, so a second reference keeps this one alive.
 */
public final class OrtRuntime {
    private static final int WARNING = 2;

    private OrtRuntime() {}

    /**
     * For the Java API.
     *
     * @throws IllegalStateException where the library is older than API version 29
     */
    public static OrtEnvironment environment() {
        OrtLibrary library = OrtLibrary.checked();
        pointer();
        return library.environment();
    }

    /** Such as 1.29.0. */
    public static String version() {
        return OrtLibrary.checked().version();
    }

    /**
     * Puts the CUDA provider's library where ONNX Runtime looks for it: beside its own. The Java API takes it from its
     * jar, half a gigabyte, but only where its own options are asked for; with {@code onnxruntime.native.path} it must lie
     * in that folder already. Whether it loads (driver, CUDA 12, cuDNN 9), the first session tells.
     *
     * @throws OrtFailure where this build of ONNX Runtime has no CUDA provider
     */
    public static void requireCuda() {
        environment();
        if (!OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
            throw new OrtFailure(
                    OrtFailure.PROVIDER, "this ONNX Runtime has no CUDA provider: build Millrace with -Pcuda");
        }
        try {
            new OrtCUDAProviderOptions().close();
        } catch (OrtException e) {
            throw new OrtFailure(OrtFailure.PROVIDER, "the CUDA provider is not to be had: " + e.getMessage());
        }
    }

    static MemorySegment pointer() {
        return Environment.POINTER;
    }

    /** Apart, so that a library that is too old is refused before any function of it is called. */
    private static final class Environment {
        private static final OrtFunction.IPP CREATE_ENV = OrtFunction.checked(3, OrtFunction.IPP.class);
        private static final MemorySegment POINTER = create();

        private static MemorySegment create() {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
                CREATE_ENV.call(WARNING, arena.allocateFrom(OrtLibrary.ENVIRONMENT_NAME), out);
                return out.get(ValueLayout.ADDRESS, 0);
            }
        }
    }
}
