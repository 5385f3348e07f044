package io.millrace.engine;

/** A step failed as a whole; nothing of it may be used. */
public final class StepException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What can be done about it. */
    public enum Kind {
        /** The same plan may succeed: roll back and plan again. */
        RETRYABLE,
        /** Memory ran out: roll back, preempt, plan smaller. */
        CAPACITY,
        /** The runner is lost: mark the replica unready, end its sequences with a retryable error. */
        FATAL
    }

    private final Kind kind;

    public StepException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
