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
 * The functions in use of struct OrtApi, by their position in it. It only ever grows at its end, so a position stays
 * right in later versions.
 *
 * <p>An interface below is a C signature: pointers are segments, {@code size_t} is long, enums are int. Those that
 * return an OrtStatus throw it as {@link OrtFailure}. Constants, so that the compiler sees through to the call.
 */
@SuppressWarnings("restricted") // Calling C is what this class is for; the launcher allows it.
final class OrtApi {
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

    public interface PPPL {
        void call(MemorySegment a, MemorySegment b, MemorySegment c, long d);
    }

    public interface PPLPP {
        void call(MemorySegment a, MemorySegment b, long c, MemorySegment d, MemorySegment e);
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

    static final MakeStatus CREATE_STATUS = plain(0, MakeStatus.class);
    static final StatusCode GET_ERROR_CODE = plain(1, StatusCode.class);
    static final StatusMessage GET_ERROR_MESSAGE = plain(2, StatusMessage.class);
    static final Release RELEASE_STATUS = plain(93, Release.class);

    static final IPP CREATE_ENV = checked(3, IPP.class);
    static final PPLPP CREATE_SESSION_FROM_ARRAY = checked(8, PPLPP.class);
    static final Release RELEASE_SESSION = plain(95, Release.class);

    static final P CREATE_SESSION_OPTIONS = checked(10, P.class);
    static final P DISABLE_MEM_PATTERN = checked(17, P.class);
    static final PI SET_INTRA_OP_NUM_THREADS = checked(24, PI.class);
    static final PP ADD_CUSTOM_OP_DOMAIN = checked(28, PP.class);
    static final PPP ADD_SESSION_CONFIG_ENTRY = checked(130, PPP.class);
    static final Release RELEASE_SESSION_OPTIONS = plain(100, Release.class);

    static final PP CREATE_CUSTOM_OP_DOMAIN = checked(26, PP.class);
    static final PP CUSTOM_OP_DOMAIN_ADD = checked(27, PP.class);
    static final Release RELEASE_CUSTOM_OP_DOMAIN = plain(101, Release.class);

    static final P CREATE_RUN_OPTIONS = checked(39, P.class);
    static final PPP ADD_RUN_CONFIG_ENTRY = checked(165, PPP.class);
    static final Release RELEASE_RUN_OPTIONS = plain(97, Release.class);

    static final PIIIP CREATE_MEMORY_INFO = checked(68, PIIIP.class);
    static final Release RELEASE_MEMORY_INFO = plain(94, Release.class);
    static final PPLPLIP CREATE_TENSOR_WITH_DATA = checked(49, PPLPLIP.class);
    static final PP GET_TENSOR_MUTABLE_DATA = checked(51, PP.class);
    static final PPPP GET_TENSOR_TYPE_AND_SHAPE_REFERENCE = checked(414, PPPP.class);
    static final Release RELEASE_VALUE = plain(96, Release.class);

    static final PPP RUN_WITH_BINDING = checked(133, PPP.class);
    static final PP CREATE_IO_BINDING = checked(134, PP.class);
    static final Release RELEASE_IO_BINDING = plain(135, Release.class);
    static final PPP BIND_INPUT = checked(136, PPP.class);
    static final PPP BIND_OUTPUT = checked(137, PPP.class);

    static final PPP GET_FLOAT_ATTRIBUTE = checked(85, PPP.class);
    static final PPP GET_INT64_ATTRIBUTE = checked(86, PPP.class);
    static final PLP GET_KERNEL_INPUT = checked(90, PLP.class);
    static final PLPLP GET_KERNEL_OUTPUT = checked(91, PLPLP.class);
    static final PP GET_KERNEL_STREAM = checked(193, PP.class);

    static final PP APPEND_CUDA = checked(204, PP.class);
    static final P CREATE_CUDA_OPTIONS = checked(205, P.class);
    static final PPPL UPDATE_CUDA_OPTIONS = checked(206, PPPL.class);
    static final Release RELEASE_CUDA_OPTIONS = plain(208, Release.class);
    static final PPP UPDATE_CUDA_OPTION_WITH_VALUE = checked(263, PPP.class);

    private OrtApi() {}

    private static <T> T plain(int index, Class<T> signature) {
        MethodType type = type(signature);
        FunctionDescriptor function = type.returnType() == void.class
                ? FunctionDescriptor.ofVoid(parameters(type))
                : FunctionDescriptor.of(layout(type.returnType()), parameters(type));
        return MethodHandleProxies.asInterfaceInstance(signature, bind(index, function));
    }

    private static <T> T checked(int index, Class<T> signature) {
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
        return Arrays.stream(type.parameterArray()).map(OrtApi::layout).toArray(MemoryLayout[]::new);
    }

    private static MemoryLayout layout(Class<?> type) {
        if (type == MemorySegment.class) {
            return ValueLayout.ADDRESS;
        }
        return type == int.class ? ValueLayout.JAVA_INT : ValueLayout.JAVA_LONG;
    }
}
