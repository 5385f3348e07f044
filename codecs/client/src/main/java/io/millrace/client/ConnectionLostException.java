package io.millrace.client;

/** The stream broke off and could not be taken up again; the cause is what the last attempt met. */
public final class ConnectionLostException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public ConnectionLostException(String message, Throwable cause) {
        super(message, cause);
    }
}
