package io.millrace.verticles.app.models;

import java.io.IOException;

/** A model file could not be had; the message says in plain words why and what to do. Trying again is always safe. */
public final class FetchException extends IOException {
    private static final long serialVersionUID = 1L;

    public FetchException(String message) {
        super(message);
    }

    public FetchException(String message, Throwable cause) {
        super(message, cause);
    }
}
