package io.millrace.ort.capi;

import java.util.Locale;

/** A function of ONNX Runtime returned an error. Where a custom operator threw in a run, that is the cause. */
public final class OrtFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** onnxruntime_c_api.h: ORT_EP_FAIL. */
    static final int PROVIDER = 11;

    private final int code;

    OrtFailure(int code, String message) {
        super(message);
        this.code = code;
    }

    /** As in onnxruntime_c_api.h's {@code OrtErrorCode}. */
    public int code() {
        return code;
    }

    /** Whether an allocation failed: ONNX Runtime has no code for it, so its message tells. */
    public boolean outOfMemory() {
        return getMessage().toLowerCase(Locale.ROOT).contains("alloc");
    }
}
