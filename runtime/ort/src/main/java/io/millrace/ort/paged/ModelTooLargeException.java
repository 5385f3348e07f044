package io.millrace.ort.paged;

import java.io.IOException;

/** A model does not fit on its device; the message says what would. */
final class ModelTooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    ModelTooLargeException(String message) {
        super(message);
    }

    ModelTooLargeException(String message, Throwable cause) {
        super(message, cause);
    }
}
