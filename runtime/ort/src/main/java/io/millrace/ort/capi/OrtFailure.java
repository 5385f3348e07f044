package io.millrace.ort.capi;

import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A function of ONNX Runtime returned an error. Where a custom operator threw in a run, that is the cause. */
public final class OrtFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** onnxruntime_c_api.h: ORT_EP_FAIL. */
    static final int PROVIDER = 11;

    /** How ONNX Runtime reports what a CUDA function returned. */
    private static final Pattern CUDA_ERROR = Pattern.compile("CUDA failure (\\d{1,9}):");

    private final int code;

    OrtFailure(int code, String message) {
        super(message);
        this.code = code;
    }

    /** As in onnxruntime_c_api.h's {@code OrtErrorCode}. */
    public int code() {
        return code;
    }

    /**
     * Whether an allocation failed, on the host or a device. There is no code for it, so the message tells: ONNX Runtime's
     * arena, C++, CUDA and cuBLAS have each their words.
     */
    public boolean outOfMemory() {
        String message = getMessage().toLowerCase(Locale.ROOT);
        return Stream.of(
                        "failed to allocate memory",
                        "smaller than requested",
                        "bad_alloc",
                        "out of memory",
                        "alloc_failed")
                .anyMatch(message::contains);
    }

    /** The error of CUDA's that was behind it, as in driver_types.h's {@code cudaError}. */
    public OptionalInt cudaError() {
        Matcher matcher = CUDA_ERROR.matcher(getMessage());
        return matcher.find() ? OptionalInt.of(Integer.parseInt(matcher.group(1))) : OptionalInt.empty();
    }
}
