package io.millrace.verticles.peer.stage;

/** A stage is there and does not take this head. */
public final class StageRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean retryable;

    StageRefusedException(String message, boolean retryable) {
        super(message);
        this.retryable = retryable;
    }

    /** Whether it may take it later, as it is. */
    public boolean retryable() {
        return retryable;
    }
}
