package io.millrace.api;

/**
 * The one table of outcomes that a client can meet, with their statuses on every transport.
 *
 * <p>gRPC statuses are those of google.rpc.Code. QUIC application error codes are ours and never change meaning.
 */
public enum ErrorCode {
    INVALID_REQUEST(400, 3, 0x101, false),
    UNAUTHENTICATED(401, 16, 0x102, false),
    /** No such model, stream or route. */
    NOT_FOUND(404, 5, 0x103, false),
    /** A frame or body larger than its limit. */
    TOO_LARGE(413, 3, 0x104, false),
    /** Bytes that are not this protocol. */
    PROTOCOL_ERROR(400, 3, 0x105, false),
    /** Admission is full; carries a retry-after. */
    OVERLOADED(429, 8, 0x106, true),
    /** The node drains or its model is not ready. */
    UNAVAILABLE(503, 14, 0x107, true),
    /** The events asked for have left the replay window. */
    REPLAY_GONE(410, 11, 0x108, false),
    INTERNAL(500, 13, 0x109, true),
    /** Not an error: the client cancelled; the code of a stream's reset. */
    CANCELLED(499, 1, 0x10a, false),
    SLOW_CONSUMER(408, 4, 0x10b, true);

    private final int httpStatus;
    private final int grpcStatus;
    private final long quicCode;
    private final boolean retryable;

    ErrorCode(int httpStatus, int grpcStatus, long quicCode, boolean retryable) {
        this.httpStatus = httpStatus;
        this.grpcStatus = grpcStatus;
        this.quicCode = quicCode;
        this.retryable = retryable;
    }

    public int httpStatus() {
        return httpStatus;
    }

    public int grpcStatus() {
        return grpcStatus;
    }

    public long quicCode() {
        return quicCode;
    }

    /** Whether the same request may succeed later, here or on another node. */
    public boolean retryable() {
        return retryable;
    }
}
