package io.millrace.api;

/** Why an accepted stream ended. */
public enum FinishReason {
    /** The model's end-of-turn token or one of the request's stop strings. */
    STOP,
    /** {@code maxTokens} or the model's context is used up. */
    LENGTH,
    /** The client cancelled, or went away and did not come back within the replay window. */
    CANCELLED,
    /** The client read nothing for {@code Limits.stallTimeout} while its buffer was full. */
    SLOW_CONSUMER,
    /** A step failed for good; the rejection that comes with the event says whether to try again. */
    ERROR
}
