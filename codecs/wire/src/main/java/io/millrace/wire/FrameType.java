package io.millrace.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.ServerFrame;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/** One direction of the protocol: how its frames are parsed and told from something else. */
public final class FrameType<F extends Message> {

    public static final FrameType<ClientFrame> CLIENT = new FrameType<>(
            ClientFrame.getDefaultInstance(),
            ClientFrame.class,
            frame -> frame.getKindCase() != ClientFrame.KindCase.KIND_NOT_SET,
            ClientFrame::getChannel);

    public static final FrameType<ServerFrame> SERVER = new FrameType<>(
            ServerFrame.getDefaultInstance(),
            ServerFrame.class,
            frame -> frame.getKindCase() != ServerFrame.KindCase.KIND_NOT_SET,
            ServerFrame::getChannel);

    private final F empty;
    private final Class<F> javaType;
    private final Predicate<F> hasKind;
    private final ToIntFunction<F> channel;

    private FrameType(F empty, Class<F> javaType, Predicate<F> hasKind, ToIntFunction<F> channel) {
        this.empty = empty;
        this.javaType = javaType;
        this.hasKind = hasKind;
        this.channel = channel;
    }

    /** Reads one whole message without a length before it: a binary WebSocket message. */
    public Decoded<F> parse(byte[] bytes, int maxFrameBytes) {
        return bytes.length > maxFrameBytes
                ? malformed(tooLarge(bytes.length, maxFrameBytes))
                : parse(bytes, 0, bytes.length);
    }

    Decoded<F> parse(byte[] bytes, int offset, int length) {
        try {
            return checked(javaType.cast(empty.getParserForType().parseFrom(bytes, offset, length)));
        } catch (InvalidProtocolBufferException e) {
            return malformed(Rejection.of(ErrorCode.PROTOCOL_ERROR, "not a protobuf " + name()));
        }
    }

    /** A kind that this side does not know parses as none. */
    Decoded<F> checked(F frame) {
        return hasKind.test(frame)
                ? new Decoded.Value<>(frame)
                : new Decoded.Malformed<>(
                        channel.applyAsInt(frame),
                        Rejection.of(ErrorCode.PROTOCOL_ERROR, "the " + name() + " has no kind known here"));
    }

    Message.Builder builder() {
        return empty.newBuilderForType();
    }

    F built(Message.Builder builder) {
        return javaType.cast(builder.build());
    }

    String name() {
        return empty.getDescriptorForType().getName();
    }

    Decoded<F> malformed(Rejection rejection) {
        return new Decoded.Malformed<>(0, rejection);
    }

    static Rejection tooLarge(long bytes, int maxFrameBytes) {
        return Rejection.of(
                ErrorCode.TOO_LARGE, "a frame of at least " + bytes + " bytes; the limit is " + maxFrameBytes);
    }
}
