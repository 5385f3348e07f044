package io.millrace.ort;

import ai.onnxruntime.OrtEnvironment;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The process's ONNX Runtime, without two things that its Java API does unasked.
 *
 * <p>Telemetry: since 1.29 the Linux library reports to its maker over HTTPS unless ORT_DISABLE_TELEMETRY is set when
 * it is loaded; it also writes to the home folder, and it crashes the process on some machines. The variable is set
 * here, through C, because a JVM cannot set it for itself and nobody who starts one will know that he must.
 *
 * <p>Shutdown: the Java API releases the environment in a shutdown hook of its own, beside the one in which a node
 * drains, and a step that runs then crashes. Environments are counted, so a second reference keeps this one alive.
 */
@SuppressWarnings("restricted") // Calling C is what this class is for; the launcher allows it.
final class QuietOnnxRuntime {
    private static final Linker LINKER = Linker.nativeLinker();

    /** Position of CreateEnv in onnxruntime_c_api.h's struct OrtApi, which only ever grows at its end. */
    private static final int CREATE_ENV = 3;

    private static final int FIRST_API_VERSION = 1;
    private static final int WARNING = 2;
    private static final String NAME = "millrace";
    private static final OrtEnvironment ENVIRONMENT = start();

    private QuietOnnxRuntime() {}

    static OrtEnvironment environment() {
        return ENVIRONMENT;
    }

    private static OrtEnvironment start() {
        try {
            setEnvironmentVariable("ORT_DISABLE_TELEMETRY", "1");
            OrtEnvironment environment = OrtEnvironment.getEnvironment(NAME);
            retain();
            return environment;
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("C functions do not throw", e);
        }
    }

    private static void setEnvironmentVariable(String name, String value) throws Throwable {
        MethodHandle setenv = LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow("setenv"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            int result = (int) setenv.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 1);
            if (result != 0) {
                throw new IllegalStateException("setenv returned " + result);
            }
        }
    }

    /** {@code OrtGetApiBase()->GetApi(1)->CreateEnv(WARNING, NAME, &env)}: there is one, so it is counted up. */
    private static void retain() throws Throwable {
        MemorySegment getApiBase = SymbolLookup.loaderLookup().findOrThrow("OrtGetApiBase");
        MemorySegment base = (MemorySegment)
                function(getApiBase, FunctionDescriptor.of(ValueLayout.ADDRESS)).invokeExact();
        MethodHandle getApi =
                function(pointer(base, 0), FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        MemorySegment api = (MemorySegment) getApi.invokeExact(FIRST_API_VERSION);
        MethodHandle createEnv = function(
                pointer(api, CREATE_ENV),
                FunctionDescriptor.of(
                        ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
            MemorySegment status = (MemorySegment) createEnv.invokeExact(WARNING, arena.allocateFrom(NAME), out);
            if (!status.equals(MemorySegment.NULL)) {
                throw new IllegalStateException("CreateEnv failed");
            }
        }
    }

    private static MethodHandle function(MemorySegment address, FunctionDescriptor type) {
        return LINKER.downcallHandle(address, type);
    }

    /** The {@code index}th pointer of a struct of pointers. */
    private static MemorySegment pointer(MemorySegment struct, int index) {
        return struct.reinterpret((index + 1L) * ValueLayout.ADDRESS.byteSize()).getAtIndex(ValueLayout.ADDRESS, index);
    }
}
