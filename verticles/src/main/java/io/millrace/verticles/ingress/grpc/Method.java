package io.millrace.verticles.ingress.grpc;

import io.millrace.wire.Decoded;
import io.millrace.wire.FrameType;
import io.millrace.wire.SingleRequests;
import io.millrace.wire.v1.ClientFrame;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;

/** The methods of {@code millrace.v1.Streams}, and what a message to each of them means. */
enum Method {
    GENERATE("Generate", SingleRequests::generate),
    RESUME("Resume", SingleRequests::resume),
    EXCHANGE("Exchange", bytes -> FrameType.CLIENT.parse(bytes, bytes.length));

    private final String wireName;
    private final Function<byte[], Decoded<ClientFrame>> reader;

    Method(String wireName, Function<byte[], Decoded<ClientFrame>> reader) {
        this.wireName = wireName;
        this.reader = reader;
    }

    static Optional<Method> named(String name) {
        return Arrays.stream(values())
                .filter(method -> method.wireName.equals(name))
                .findFirst();
    }

    /** @param message no larger than a frame may be */
    Decoded<ClientFrame> read(byte[] message) {
        return reader.apply(message);
    }
}
