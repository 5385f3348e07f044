package io.millrace.ort.capi;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.Arrays;

/**
 * Binds functions of struct OrtApi. Each interface is a C signature: P is a pointer, L a {@code size_t}, I an int or
 * enum. What is bound belongs into a static final field, so that the compiler sees through to the call.
 */
@SuppressWarnings("restricted") // Calling C is what this class is for; the launcher allows it.
final class OrtFunction {
    public interface Release {
        void call(MemorySegment a);
    }

    public interface P {
        void call(MemorySegment a);
    }

    public interface PP {
        void call(MemorySegment a, MemorySegment b);
    }

    public interface PPP {
        void call(MemorySegment a, MemorySegment b, MemorySegment c);
    }

    public interface PPPP {
        void call(MemorySegment a, MemorySegment b, MemorySegment c, MemorySegment d);
    }

    public interface PI {
        void call(MemorySegment a, int b);
    }

    public interface PLP {
        void call(MemorySegment a, long b, MemorySegment c);
    }

    public interface PLPLP {
        void call(MemorySegment a, long b, MemorySegment c, long d, MemorySegment e);
    }

    public interface PPLLP {
        void call(MemorySegment a, MemorySegment b, long c, long d, MemorySegment e);
    }

    public interface PPPL {
        void call(MemorySegment a, MemorySegment b, MemorySegment c, long d);
    }

    public interface PPLPP {
        void call(MemorySegment a, MemorySegment b, long c, MemorySegment d, MemorySegment e);
    }

    public interface PPLPPP {
        void call(MemorySegment a, MemorySegment b, long c, MemorySegment d, MemorySegment e, MemorySegment f);
    }

    public interface PIIIP {
        void call(MemorySegment a, int b, int c, int d, MemorySegment e);
    }

    public interface PPLPLIP {
        void call(MemorySegment a, MemorySegment b, long c, MemorySegment d, long e, int f, MemorySegment g);
    }

    public interface IPP {
        void call(int a, MemorySegment b, MemorySegment c);
    }

    public interface MakeStatus {
        MemorySegment call(int code, MemorySegment message);
    }

    public interface StatusCode {
        int call(MemorySegment status);
    }

    public interface StatusMessage {
        MemorySegment call(MemorySegment status);
    }

    private OrtFunction() {}

    /** The {@code index}th function of the table, as it is. */
    static <T> T plain(int index, Class<T> signature) {
        MethodType type = type(signature);
        FunctionDescriptor function = type.returnType() == void.class
                ? FunctionDescriptor.ofVoid(parameters(type))
                : FunctionDescriptor.of(layout(type.returnType()), parameters(type));
        return MethodHandleProxies.asInterfaceInstance(signature, bind(index, function));
    }

    /** One that returns an OrtStatus, which is thrown as {@link OrtFailure}. */
    static <T> T checked(int index, Class<T> signature) {
        FunctionDescriptor function = FunctionDescriptor.of(ValueLayout.ADDRESS, parameters(type(signature)));
        return MethodHandleProxies.asInterfaceInstance(
                signature, MethodHandles.filterReturnValue(bind(index, function), OrtStatus.CHECK));
    }

    private static MethodHandle bind(int index, FunctionDescriptor function) {
        return Linker.nativeLinker().downcallHandle(OrtLibrary.checked().function(index), function);
    }

    private static MethodType type(Class<?> signature) {
        Method method = signature.getMethods()[0];
        return MethodType.methodType(method.getReturnType(), method.getParameterTypes());
    }

    private static MemoryLayout[] parameters(MethodType type) {
        return Arrays.stream(type.parameterArray()).map(OrtFunction::layout).toArray(MemoryLayout[]::new);
    }

    private static MemoryLayout layout(Class<?> type) {
        if (type == MemorySegment.class) {
            return ValueLayout.ADDRESS;
        }
        return type == int.class ? ValueLayout.JAVA_INT : ValueLayout.JAVA_LONG;
    }
}
