package io.millrace.ort.paged;

/** A model does not fit on its device; the message says what would. */
final class ModelTooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ModelTooLargeException(String message) {
        super(message);
    }
}
