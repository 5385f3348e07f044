package io.millrace.ort.cuda;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/** A C library whose functions return a status as int. */
final class NativeLibrary {
    private static final Linker LINKER = Linker.nativeLinker();

    private final String name;
    private final SymbolLookup symbols;

    private NativeLibrary(String name, SymbolLookup symbols) {
        this.name = name;
        this.symbols = symbols;
    }

    /**
     * The first of some sonames that is there and has all functions named: an incomplete stand-in is passed over.
     *
     * @param sonames preferred ones first
     */
    static Optional<NativeLibrary> find(LibraryFinder finder, List<String> sonames, String... functions) {
        for (String soname : sonames) {
            Optional<SymbolLookup> found = finder.open(soname)
                    .filter(symbols -> List.of(functions).stream()
                            .allMatch(function -> symbols.find(function).isPresent()));
            if (found.isPresent()) {
                return Optional.of(new NativeLibrary(soname, found.get()));
            }
        }
        return Optional.empty();
    }

    String name() {
        return name;
    }

    /** A function that returns int. */
    NativeFunction function(String function, MemoryLayout... parameters) {
        return bind(function, FunctionDescriptor.of(ValueLayout.JAVA_INT, parameters));
    }

    /** A function that returns a pointer to text. */
    NativeFunction text(String function, MemoryLayout... parameters) {
        return bind(function, FunctionDescriptor.of(ValueLayout.ADDRESS, parameters));
    }

    @SuppressWarnings("restricted") // Calling C is what this class is for; the launcher allows it.
    private NativeFunction bind(String function, FunctionDescriptor type) {
        return new NativeFunction(name + ": " + function, LINKER.downcallHandle(symbols.findOrThrow(function), type));
    }
}
