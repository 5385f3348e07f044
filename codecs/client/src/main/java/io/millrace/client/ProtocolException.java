package io.millrace.client;

/** The server sent what the protocol does not allow. */
public final class ProtocolException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public ProtocolException(String message) {
        super(message);
    }
}
