package io.millrace.ort.capi;

import java.lang.foreign.MemorySegment;

/** Texts of C: UTF-8, ended by a zero. */
@SuppressWarnings("restricted") // C's texts have no length.
final class CText {
    /** Far above any message of ONNX Runtime's; a text without end is not read on for ever. */
    private static final int MAX_BYTES = 1 << 20;

    private CText() {}

    static String read(MemorySegment text) {
        return text.reinterpret(MAX_BYTES).getString(0);
    }
}
