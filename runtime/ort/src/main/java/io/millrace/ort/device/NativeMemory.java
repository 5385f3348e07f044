package io.millrace.ort.device;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Zeroed memory that costs nothing until it is touched.
 *
 * <p>From C's {@code calloc}, which takes large blocks fresh from the operating system. The JDK's own ways write zeros
 * over all of it, and a KV cache sized for the longest context of every slot would be resident from the start.
 */
@SuppressWarnings("restricted") // Calling C is what this class is for; the launcher allows it.
public final class NativeMemory {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle CALLOC = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("calloc"),
            FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle FREE = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("free"), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));

    private NativeMemory() {}

    /**
     * Memory that lives as long as {@code arena}.
     *
     * @throws OutOfMemoryError where the operating system gives none
     */
    public static MemorySegment allocate(long bytes, Arena arena) {
        MemorySegment address = calloc(bytes);
        if (address.equals(MemorySegment.NULL)) {
            throw new OutOfMemoryError("calloc of " + bytes + " bytes");
        }
        return address.reinterpret(bytes, arena, NativeMemory::free);
    }

    private static MemorySegment calloc(long bytes) {
        try {
            return (MemorySegment) CALLOC.invokeExact(1L, bytes);
        } catch (Throwable e) {
            throw new AssertionError("calloc does not throw", e);
        }
    }

    private static void free(MemorySegment segment) {
        try {
            FREE.invokeExact(segment);
        } catch (Throwable e) {
            throw new AssertionError("free does not throw", e);
        }
    }
}
