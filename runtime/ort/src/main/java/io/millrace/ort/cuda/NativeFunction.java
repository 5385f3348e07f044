package io.millrace.ort.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;

/** A C function. Arguments are an Integer, Long or MemorySegment each, as it was bound. */
final class NativeFunction {
    /** The longest text read from a library. */
    private static final int MAX_TEXT_BYTES = 4096;

    private final String name;
    private final MethodHandle handle;

    NativeFunction(String name, MethodHandle handle) {
        this.name = name;
        // Spread once, here: invokeWithArguments would do it at every call, in microseconds.
        this.handle = handle.asSpreader(Object[].class, handle.type().parameterCount())
                .asType(MethodType.methodType(Object.class, Object[].class));
    }

    String name() {
        return name;
    }

    int call(Object... arguments) {
        return (int) invoke(arguments);
    }

    @SuppressWarnings("restricted") // C's texts have no length.
    String callForText(Object... arguments) {
        MemorySegment text = (MemorySegment) invoke(arguments);
        return text.equals(MemorySegment.NULL)
                ? "?"
                : text.reinterpret(MAX_TEXT_BYTES).getString(0);
    }

    private Object invoke(Object[] arguments) {
        try {
            return (Object) handle.invokeExact(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("C functions do not throw", e);
        }
    }
}
