package io.millrace.ort.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.millrace.ort.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** The functions in use of NCCL 2, as nccl.h declares them: sums over the devices of one model. */
public final class Nccl {
    static final List<String> SONAMES = List.of("libnccl.so.2");

    /** Bytes of ncclUniqueId. */
    public static final int ID_BYTES = 128;

    /** ncclUniqueId is handed over by value. */
    private static final MemoryLayout UNIQUE_ID =
            MemoryLayout.structLayout(MemoryLayout.sequenceLayout(ID_BYTES, JAVA_BYTE));

    private static final int IN_PROGRESS = 7;

    final NativeFunction allReduce;
    final NativeFunction broadcast;
    final NativeFunction abort;
    final NativeFunction destroy;
    final NativeFunction asyncError;
    private final NativeFunction uniqueId;
    private final NativeFunction initRank;
    private final NativeFunction errorString;

    private Nccl(NativeLibrary library) {
        uniqueId = library.function("ncclGetUniqueId", ADDRESS);
        initRank = library.function("ncclCommInitRank", ADDRESS, JAVA_INT, UNIQUE_ID, JAVA_INT);
        allReduce =
                library.function("ncclAllReduce", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
        broadcast =
                library.function("ncclBroadcast", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
        abort = library.function("ncclCommAbort", ADDRESS);
        destroy = library.function("ncclCommDestroy", ADDRESS);
        asyncError = library.function("ncclCommGetAsyncError", ADDRESS, ADDRESS);
        errorString = library.text("ncclGetErrorString", JAVA_INT);
    }

    /** This machine's; empty where it has none. */
    public static Optional<Nccl> load() {
        return find(LibraryFinder.system());
    }

    /**
     * Loads NCCL with multicast over NVLink off: where the host's switch serves others, too, its failure outlives the
     * process, and single-host sums of a decode step gain nothing from it.
     */
    static Optional<Nccl> find(LibraryFinder finder) {
        setEnvironment("NCCL_NVLS_ENABLE", "0");
        return NativeLibrary.find(finder, SONAMES, "ncclAllReduce").map(Nccl::new);
    }

    /** What the ranks of one group share; made by one of them. {@value #ID_BYTES} bytes. */
    public byte[] newId() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment id = arena.allocate(UNIQUE_ID);
            call(uniqueId, id);
            return id.toArray(JAVA_BYTE);
        }
    }

    /** Joins the group, from the device's thread. Returns when all ranks have called it. */
    public DeviceSum join(CudaDevice device, byte[] id, int rank, int ranks) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            MemorySegment value = arena.allocate(UNIQUE_ID).copyFrom(MemorySegment.ofArray(id));
            call(initRank, out, ranks, value, rank);
            return new NcclGroup(this, device, out.get(ADDRESS, 0));
        }
    }

    void call(NativeFunction function, Object... arguments) {
        check(function.name(), function.call(arguments));
    }

    /** An error of NCCL means that a device or a peer is lost, and this process's part of the group with it. */
    void check(String what, int code) {
        if (code != 0 && code != IN_PROGRESS) {
            throw new DeviceException(
                    DeviceException.Kind.STICKY,
                    what + " failed: " + errorString.callForText(code) + " (" + code + ")");
        }
    }

    @SuppressWarnings("restricted") // A JVM cannot set a variable for itself.
    private static void setEnvironment(String name, String value) {
        Linker linker = Linker.nativeLinker();
        NativeFunction setenv = new NativeFunction(
                "setenv",
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("setenv"),
                        FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT)));
        try (Arena arena = Arena.ofConfined()) {
            setenv.call(arena.allocateFrom(name), arena.allocateFrom(value), 1);
        }
    }
}
