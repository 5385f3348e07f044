package io.millrace.ort.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.BitSet;
import java.util.Optional;

/** Calls of the C library that only Linux has. */
@SuppressWarnings("restricted") // Calling C is what this class is for; the launcher allows it.
final class LinuxCalls {
    /** Cores in a mask, as many as glibc's {@code cpu_set_t} has. */
    private static final int MASK_BITS = 1024;

    /** {@code MPOL_PREFERRED} of {@code linux/mempolicy.h}: from this node as long as it has some, then from others. */
    private static final long PREFERRED = 1;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private LinuxCalls() {}

    /**
     * Pins the calling thread.
     *
     * @return errno, 0 where it went well
     */
    static int setAffinity(BitSet cores) {
        try (Arena arena = Arena.ofConfined()) {
            return call(arena, affinity("sched_setaffinity"), mask(arena, cores));
        }
    }

    /** Cores that the calling thread may run on. */
    static BitSet affinity() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = mask(arena, new BitSet());
            int errno = call(arena, affinity("sched_getaffinity"), mask);
            if (errno != 0) {
                throw new IllegalStateException("sched_getaffinity: errno " + errno);
            }
            return BitSet.valueOf(mask.asByteBuffer());
        }
    }

    /**
     * Has memory that the calling thread touches first taken from a node.
     *
     * @return errno, 0 where it went well
     */
    static int preferMemoryOf(int node) {
        try (Arena arena = Arena.ofConfined()) {
            BitSet nodes = new BitSet();
            nodes.set(node);
            MemorySegment state = arena.allocate(STATE);
            MethodHandle syscall = handle(
                            "syscall",
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_LONG),
                            Linker.Option.firstVariadicArg(1),
                            Linker.Option.captureCallState("errno"))
                    .orElseThrow();
            long result = (long)
                    syscall.invokeExact(state, setMempolicyNumber(), PREFERRED, mask(arena, nodes), (long) MASK_BITS);
            return result < 0 ? (int) ERRNO.get(state, 0L) : 0;
        } catch (Throwable e) {
            throw new AssertionError("syscall does not throw", e);
        }
    }

    /** Gives memory that was freed back to the system; other allocators than glibc's have no such call and do it anyway. */
    static void trim() {
        Optional<MethodHandle> trim =
                handle("malloc_trim", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
        if (trim.isPresent()) {
            try {
                int released = (int) trim.get().invokeExact(0L);
            } catch (Throwable e) {
                throw new AssertionError("malloc_trim does not throw", e);
            }
        }
    }

    /** {@code set_mempolicy} has a number of its own on each architecture, and no function in glibc. */
    private static long setMempolicyNumber() {
        return System.getProperty("os.arch").equals("aarch64") ? 237 : 238;
    }

    private static MethodHandle affinity(String function) {
        return handle(
                        function,
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS),
                        Linker.Option.captureCallState("errno"))
                .orElseThrow(() -> new IllegalStateException("no " + function + " on this system"));
    }

    private static Optional<MethodHandle> handle(String function, FunctionDescriptor type, Linker.Option... options) {
        return LINKER.defaultLookup().find(function).map(address -> LINKER.downcallHandle(address, type, options));
    }

    private static int call(Arena arena, MethodHandle function, MemorySegment mask) {
        MemorySegment state = arena.allocate(STATE);
        try {
            int result = (int) function.invokeExact(state, 0, mask.byteSize(), mask);
            return result < 0 ? (int) ERRNO.get(state, 0L) : 0;
        } catch (Throwable e) {
            throw new AssertionError("the C library does not throw", e);
        }
    }

    private static MemorySegment mask(Arena arena, BitSet bits) {
        MemorySegment mask = arena.allocate(MASK_BITS / Byte.SIZE, Long.BYTES);
        MemorySegment.copy(MemorySegment.ofArray(bits.toByteArray()), 0, mask, 0, bits.toByteArray().length);
        return mask;
    }
}
