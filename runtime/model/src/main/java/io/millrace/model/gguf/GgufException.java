package io.millrace.model.gguf;

import java.io.IOException;

/**
 * A file that is not GGUF, is damaged, or holds a model that Millrace cannot run.
 *
 * <p>The message names the field, and the byte of the file where there is one; whoever opened the file adds its path.
 */
public final class GgufException extends IOException {
    private static final long serialVersionUID = 1L;

    private GgufException(String message) {
        super(message);
    }

    static GgufException at(long offset, String field, String problem) {
        return new GgufException(field + " at byte " + offset + ": " + problem);
    }

    static GgufException of(String field, String problem) {
        return new GgufException(field + ": " + problem);
    }

    /** Of a part that a model has to have. */
    public static GgufException missing(String field) {
        return of(field, "is missing");
    }

    static GgufException unsupported(GgufTensor tensor) {
        String problem = "is of type " + tensor.type() + ", supported are " + GgmlType.supportedNames();
        return of("tensor " + tensor.name(), problem);
    }
}
