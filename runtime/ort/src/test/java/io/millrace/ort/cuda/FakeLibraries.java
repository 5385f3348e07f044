package io.millrace.ort.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A machine's libraries, of which every function is there and returns 0, unless said otherwise. */
final class FakeLibraries implements LibraryFinder {
    private final Map<String, SymbolLookup> libraries = new HashMap<>();

    static FakeLibraries none() {
        return new FakeLibraries();
    }

    /** Driver for {@code version} (12080 is 12.8) with some devices, and all of CUDA 12. */
    static FakeLibraries ofMachine(int version, int devices) {
        return none().with("libcuda.so.1", Map.of("cuDriverGetVersion", version, "cuDeviceGetCount", devices))
                .with("libcudart.so.12", Map.of())
                .with("libcublasLt.so.12", Map.of())
                .with("libnvrtc.so.12", Map.of());
    }

    /** @param writes what functions write to the int that their first argument points to */
    FakeLibraries with(String soname, Map<String, Integer> writes) {
        libraries.put(soname, function -> Optional.of(stub(writes.get(function))));
        return this;
    }

    FakeLibraries withOnly(String soname, String function) {
        libraries.put(soname, name -> name.equals(function) ? Optional.of(stub(null)) : Optional.empty());
        return this;
    }

    FakeLibraries without(String soname) {
        libraries.remove(soname);
        return this;
    }

    @Override
    public Optional<SymbolLookup> open(String soname) {
        return Optional.ofNullable(libraries.get(soname));
    }

    private static MemorySegment stub(Integer written) {
        return written == null
                ? upcall("success", MethodType.methodType(int.class), FunctionDescriptor.of(JAVA_INT))
                : upcall(
                        MethodHandles.insertArguments(
                                handle("write", MethodType.methodType(int.class, int.class, MemorySegment.class)),
                                0,
                                written),
                        FunctionDescriptor.of(JAVA_INT, ADDRESS));
    }

    private static MemorySegment upcall(String method, MethodType type, FunctionDescriptor descriptor) {
        return upcall(handle(method, type), descriptor);
    }

    @SuppressWarnings("restricted") // A C function made of a Java method.
    private static MemorySegment upcall(MethodHandle handle, FunctionDescriptor descriptor) {
        return Linker.nativeLinker().upcallStub(handle, descriptor, Arena.global());
    }

    private static MethodHandle handle(String method, MethodType type) {
        try {
            return MethodHandles.lookup().findStatic(FakeLibraries.class, method, type);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private static int success() {
        return 0;
    }

    @SuppressWarnings("restricted") // C's pointers have no size.
    private static int write(int value, MemorySegment out) {
        out.reinterpret(JAVA_INT.byteSize()).set(JAVA_INT, 0, value);
        return 0;
    }
}
