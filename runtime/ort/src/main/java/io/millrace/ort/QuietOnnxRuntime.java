package io.millrace.ort;

import ai.onnxruntime.OrtEnvironment;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The process's ONNX Runtime, without its telemetry.
 *
 * <p>Since 1.29 the Linux library reports to its maker over HTTPS unless ORT_DISABLE_TELEMETRY is set when it is
 * loaded; it also writes to the home folder, and its uploader crashes the process on some machines. The variable is
 * set here, through C, because a JVM cannot set it for itself and nobody who starts one will know that he must.
 */
@SuppressWarnings("restricted") // Calling C is what this class is for; the launcher allows it.
final class QuietOnnxRuntime {
    static {
        setEnvironmentVariable("ORT_DISABLE_TELEMETRY", "1");
    }

    private QuietOnnxRuntime() {}

    static OrtEnvironment environment() {
        return OrtEnvironment.getEnvironment("millrace");
    }

    private static void setEnvironmentVariable(String name, String value) {
        Linker linker = Linker.nativeLinker();
        MethodHandle setenv = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("setenv"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            int result = (int) setenv.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 1);
            if (result != 0) {
                throw new IllegalStateException("setenv returned " + result);
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("setenv does not throw", e);
        }
    }
}
