package io.millrace.ort.capi;

import ai.onnxruntime.OrtEnvironment;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The native library that the Java API has loaded (from its jar, or from the folder {@code onnxruntime.native.path}),
 * and the function table it has for us.
 *
 * <p>Without telemetry: since 1.29 the Linux library reports to its maker over HTTPS unless ORT_DISABLE_TELEMETRY is set
 * when it is loaded; it also writes to the home folder, and it crashes the process on some machines. The variable is set
 * here, through C, because a JVM cannot set it for itself and nobody who starts one will know that he must.
 */
@SuppressWarnings("restricted") // Calling C is what this class is for; the launcher allows it.
final class OrtLibrary {
    /** ORT_API_VERSION of the header that {@link OrtApi} follows. A later library still has this version's table. */
    static final int API_VERSION = 29;

    static final String ENVIRONMENT_NAME = "millrace";

    private static final Linker LINKER = Linker.nativeLinker();
    private static final OrtLibrary LIBRARY = load();

    private final OrtEnvironment environment;
    private final String version;
    private final MemorySegment table;

    private OrtLibrary(OrtEnvironment environment, String version, MemorySegment table) {
        this.environment = environment;
        this.version = version;
        this.table = table;
    }

    /** @throws IllegalStateException where the library is too old */
    static OrtLibrary checked() {
        check(LIBRARY.version, LIBRARY.table);
        return LIBRARY;
    }

    static void check(String version, MemorySegment table) {
        if (table.equals(MemorySegment.NULL)) {
            throw new IllegalStateException("ONNX Runtime with API version " + API_VERSION + " (1." + API_VERSION
                    + " or later) is needed, but " + version + " was found");
        }
    }

    OrtEnvironment environment() {
        return environment;
    }

    String version() {
        return version;
    }

    /** The {@code index}th function of struct OrtApi. */
    MemorySegment function(int index) {
        return pointer(table, index);
    }

    private static OrtLibrary load() {
        try {
            setEnvironmentVariable("ORT_DISABLE_TELEMETRY", "1");
            OrtEnvironment environment = OrtEnvironment.getEnvironment(ENVIRONMENT_NAME);
            // struct OrtApiBase { GetApi, GetVersionString }
            MemorySegment base = (MemorySegment) function(
                            SymbolLookup.loaderLookup().findOrThrow("OrtGetApiBase"),
                            FunctionDescriptor.of(ValueLayout.ADDRESS))
                    .invokeExact();
            MemorySegment version =
                    (MemorySegment) function(pointer(base, 1), FunctionDescriptor.of(ValueLayout.ADDRESS))
                            .invokeExact();
            MemorySegment table = (MemorySegment)
                    function(pointer(base, 0), FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT))
                            .invokeExact(API_VERSION);
            return new OrtLibrary(environment, CText.read(version), table);
        } catch (RuntimeException | Error e) {
            throw e; // a library that is not there, for one
        } catch (Throwable e) {
            throw new AssertionError("C functions do not throw", e);
        }
    }

    private static void setEnvironmentVariable(String name, String value) throws Throwable {
        MethodHandle setenv = function(
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

    private static MethodHandle function(MemorySegment address, FunctionDescriptor type) {
        return LINKER.downcallHandle(address, type);
    }

    private static MemorySegment pointer(MemorySegment struct, int index) {
        return struct.reinterpret((index + 1L) * ValueLayout.ADDRESS.byteSize()).getAtIndex(ValueLayout.ADDRESS, index);
    }
}
