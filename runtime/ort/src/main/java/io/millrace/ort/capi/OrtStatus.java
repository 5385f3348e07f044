package io.millrace.ort.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** The C API's way to report an error: null is success. */
final class OrtStatus {
    /** {@link #check} for putting behind a function. */
    static final MethodHandle CHECK = checkHandle();

    /** onnxruntime_c_api.h: ORT_FAIL. */
    private static final int FAIL = 1;

    private OrtStatus() {}

    /** Releases the status. */
    static void check(MemorySegment status) {
        if (status.equals(MemorySegment.NULL)) {
            return;
        }
        HandleCount.made(HandleCount.Kind.STATUS);
        OrtFailure failure =
                new OrtFailure(OrtApi.GET_ERROR_CODE.call(status), CText.read(OrtApi.GET_ERROR_MESSAGE.call(status)));
        OrtApi.RELEASE_STATUS.call(status);
        HandleCount.released(HandleCount.Kind.STATUS);
        throw failure;
    }

    /** What a callback returns for {@code thrown}. ONNX Runtime releases it. */
    static MemorySegment of(Throwable thrown) {
        try (Arena arena = Arena.ofConfined()) {
            return OrtApi.CREATE_STATUS.call(FAIL, arena.allocateFrom(thrown.toString()));
        }
    }

    private static MethodHandle checkHandle() {
        try {
            return MethodHandles.lookup()
                    .findStatic(OrtStatus.class, "check", MethodType.methodType(void.class, MemorySegment.class));
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
