package io.millrace.wire;

import io.millrace.api.Rejection;

/** What came of bytes or text from a peer: a value, or the reason why there is none. Never an exception. */
public sealed interface Decoded<T> {

    record Value<T>(T value) implements Decoded<T> {}

    /**
     * @param channel the WebSocket channel that the frame named; 0 where it could not be read, and on QUIC
     */
    record Malformed<T>(int channel, Rejection rejection) implements Decoded<T> {}
}
