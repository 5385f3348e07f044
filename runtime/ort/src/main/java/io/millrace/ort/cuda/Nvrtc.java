package io.millrace.ort.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** CUDA's compiler as a library, libnvrtc: CUDA C++ to machine code of one kind of device. Needs no device. */
final class Nvrtc {
    static final List<String> SONAMES = List.of("libnvrtc.so.12", "libnvrtc.so.13");

    private final NativeFunction create;
    private final NativeFunction compile;
    private final NativeFunction logSize;
    private final NativeFunction log;
    private final NativeFunction cubinSize;
    private final NativeFunction cubin;
    private final NativeFunction destroy;
    private final NativeFunction errorString;

    private Nvrtc(NativeLibrary library) {
        create = library.function("nvrtcCreateProgram", ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
        compile = library.function("nvrtcCompileProgram", ADDRESS, JAVA_INT, ADDRESS);
        logSize = library.function("nvrtcGetProgramLogSize", ADDRESS, ADDRESS);
        log = library.function("nvrtcGetProgramLog", ADDRESS, ADDRESS);
        cubinSize = library.function("nvrtcGetCUBINSize", ADDRESS, ADDRESS);
        cubin = library.function("nvrtcGetCUBIN", ADDRESS, ADDRESS);
        destroy = library.function("nvrtcDestroyProgram", ADDRESS);
        errorString = library.text("nvrtcGetErrorString", JAVA_INT);
    }

    static Optional<Nvrtc> find(LibraryFinder finder) {
        return NativeLibrary.find(finder, SONAMES, "nvrtcGetCUBIN").map(Nvrtc::new);
    }

    /**
     * @return machine code, in the arena
     * @throws IllegalStateException with the compiler's messages, where it refuses
     */
    MemorySegment compile(KernelSource source, List<String> options, Arena arena) {
        MemorySegment out = arena.allocate(ADDRESS);
        call(
                create,
                out,
                arena.allocateFrom(source.text()),
                arena.allocateFrom(source.name()),
                source.headers().size(),
                texts(source.headers().values().stream().toList(), arena),
                texts(source.headers().keySet().stream().toList(), arena));
        MemorySegment program = out.get(ADDRESS, 0);
        try {
            int code = compile.call(program, options.size(), texts(options, arena));
            if (code != 0) {
                throw new IllegalStateException(source.name() + " does not compile: " + errorString.callForText(code)
                        + "\n" + read(logSize, log, program, arena).getString(0));
            }
            return read(cubinSize, cubin, program, arena);
        } finally {
            destroy.call(out);
        }
    }

    private MemorySegment read(NativeFunction size, NativeFunction get, MemorySegment program, Arena arena) {
        MemorySegment bytes = arena.allocate(JAVA_LONG);
        call(size, program, bytes);
        MemorySegment result = arena.allocate(JAVA_BYTE, bytes.get(JAVA_LONG, 0));
        call(get, program, result);
        return result;
    }

    private void call(NativeFunction function, Object... arguments) {
        int code = function.call(arguments);
        if (code != 0) {
            throw new IllegalStateException(function.name() + " failed: " + errorString.callForText(code));
        }
    }

    private static MemorySegment texts(List<String> texts, Arena arena) {
        MemorySegment pointers = arena.allocate(ADDRESS, Math.max(1, texts.size()));
        for (int i = 0; i < texts.size(); i++) {
            pointers.setAtIndex(ADDRESS, i, arena.allocateFrom(texts.get(i)));
        }
        return pointers;
    }
}
