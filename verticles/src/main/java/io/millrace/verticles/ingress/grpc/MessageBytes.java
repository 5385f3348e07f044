package io.millrace.verticles.ingress.grpc;

import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.wire.Decoded;
import io.vertx.grpc.common.GrpcMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.zip.GZIPInputStream;

/** A message's bytes, unpacked where they came packed. Vert.x would unpack without a limit. */
final class MessageBytes {
    private MessageBytes() {}

    /** @param limit of the unpacked bytes; packed ones were held to it by the server already */
    static Decoded<byte[]> of(GrpcMessage message, int limit) {
        byte[] bytes = message.payload().getBytes();
        return switch (message.encoding()) {
            case "identity" -> new Decoded.Value<>(bytes);
            case "gzip" -> unpacked(bytes, limit);
            default -> malformed(ErrorCode.PROTOCOL_ERROR, "messages may be packed with gzip only");
        };
    }

    private static Decoded<byte[]> unpacked(byte[] packed, int limit) {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            byte[] bytes = in.readNBytes(limit);
            return in.read() < 0
                    ? new Decoded.Value<>(bytes)
                    : malformed(
                            ErrorCode.TOO_LARGE, "a message that unpacks to more than " + limit + " bytes, the limit");
        } catch (IOException e) {
            return malformed(ErrorCode.PROTOCOL_ERROR, "the message is not the gzip that its header says");
        }
    }

    private static Decoded<byte[]> malformed(ErrorCode code, String why) {
        return new Decoded.Malformed<>(0, Rejection.of(code, why));
    }
}
