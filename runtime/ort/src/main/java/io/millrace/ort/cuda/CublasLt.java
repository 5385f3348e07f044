package io.millrace.ort.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.millrace.ort.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/** The functions in use of cuBLASLt, as cublasLt.h declares them. Versions 12 and 13 agree in all that is used here. */
final class CublasLt {
    static final List<String> SONAMES = List.of("libcublasLt.so.12", "libcublasLt.so.13");

    /** All of them, so that a library which lacks one is passed over. */
    private static final String[] FUNCTIONS = {
        "cublasLtCreate",
        "cublasLtDestroy",
        "cublasLtMatmul",
        "cublasLtMatmulAlgoGetHeuristic",
        "cublasLtMatmulDescCreate",
        "cublasLtMatmulDescDestroy",
        "cublasLtMatmulDescSetAttribute",
        "cublasLtMatmulPreferenceCreate",
        "cublasLtMatmulPreferenceDestroy",
        "cublasLtMatmulPreferenceSetAttribute",
        "cublasLtMatrixLayoutCreate",
        "cublasLtMatrixLayoutDestroy"
    };

    final NativeFunction create;
    final NativeFunction destroy;
    final NativeFunction descriptorCreate;
    final NativeFunction descriptorSet;
    final NativeFunction descriptorDestroy;
    final NativeFunction layoutCreate;
    final NativeFunction layoutDestroy;
    final NativeFunction preferenceCreate;
    final NativeFunction preferenceSet;
    final NativeFunction preferenceDestroy;
    final NativeFunction heuristic;
    final NativeFunction matmul;

    private CublasLt(NativeLibrary library) {
        create = library.function("cublasLtCreate", ADDRESS);
        destroy = library.function("cublasLtDestroy", ADDRESS);
        descriptorCreate = library.function("cublasLtMatmulDescCreate", ADDRESS, JAVA_INT, JAVA_INT);
        descriptorSet = library.function("cublasLtMatmulDescSetAttribute", ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG);
        descriptorDestroy = library.function("cublasLtMatmulDescDestroy", ADDRESS);
        layoutCreate =
                library.function("cublasLtMatrixLayoutCreate", ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        layoutDestroy = library.function("cublasLtMatrixLayoutDestroy", ADDRESS);
        preferenceCreate = library.function("cublasLtMatmulPreferenceCreate", ADDRESS);
        preferenceSet = library.function("cublasLtMatmulPreferenceSetAttribute", ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG);
        preferenceDestroy = library.function("cublasLtMatmulPreferenceDestroy", ADDRESS);
        heuristic = library.function(
                "cublasLtMatmulAlgoGetHeuristic",
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                JAVA_INT,
                ADDRESS,
                ADDRESS);
        matmul = library.function(
                "cublasLtMatmul",
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                ADDRESS,
                JAVA_LONG,
                ADDRESS);
    }

    static Optional<CublasLt> find(LibraryFinder finder) {
        return NativeLibrary.find(finder, SONAMES, FUNCTIONS).map(CublasLt::new);
    }

    /** @throws DeviceException where the function returns an error (cublasStatus_t) */
    void call(NativeFunction function, Object... arguments) {
        int status = function.call(arguments);
        if (status != 0) {
            // 14: an internal error or, most often, a kernel before this one that faulted; the next CUDA call tells
            // which.
            throw new DeviceException(DeviceException.Kind.OTHER, function.name() + " failed with status " + status);
        }
    }

    /** A handle that the function writes to its first argument. */
    MemorySegment made(NativeFunction function, Object... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            Object[] all = new Object[arguments.length + 1];
            all[0] = out;
            System.arraycopy(arguments, 0, all, 1, arguments.length);
            call(function, all);
            return out.get(ADDRESS, 0);
        }
    }

    /** @return whether this version of the library knows the attribute */
    boolean set(MemorySegment descriptor, int attribute, int value) {
        try (Arena arena = Arena.ofConfined()) {
            return descriptorSet.call(descriptor, attribute, arena.allocateFrom(JAVA_INT, value), JAVA_INT.byteSize())
                    == 0;
        }
    }

    void set(MemorySegment descriptor, int attribute, byte value) {
        try (Arena arena = Arena.ofConfined()) {
            call(descriptorSet, descriptor, attribute, arena.allocateFrom(ValueLayout.JAVA_BYTE, value), 1L);
        }
    }

    void set(MemorySegment descriptor, int attribute, MemorySegment pointer) {
        try (Arena arena = Arena.ofConfined()) {
            call(descriptorSet, descriptor, attribute, arena.allocateFrom(ADDRESS, pointer), ADDRESS.byteSize());
        }
    }
}
