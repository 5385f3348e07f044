package io.millrace.api;

import java.time.Duration;
import java.util.Objects;

/**
 * Why a request was refused, or a stream failed: a value, not an exception.
 *
 * @param field      the request's field at fault, in dotted JSON spelling; empty where none is
 * @param message    for the client: names the limit that was passed, never the prompt
 * @param retryAfter zero where trying again is pointless
 */
public record Rejection(ErrorCode code, String message, String field, Duration retryAfter) {
    public Rejection {
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(field, "field");
        Objects.requireNonNull(retryAfter, "retryAfter");
    }

    public static Rejection of(ErrorCode code, String message) {
        return new Rejection(code, message, "", Duration.ZERO);
    }

    public static Rejection invalid(String field, String message) {
        return new Rejection(ErrorCode.INVALID_REQUEST, message, field, Duration.ZERO);
    }

    public static Rejection overloaded(String message, Duration retryAfter) {
        return new Rejection(ErrorCode.OVERLOADED, message, "", retryAfter);
    }
}
