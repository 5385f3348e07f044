package io.millrace.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;

/**
 * The same frames in proto3 JSON, one per WebSocket text message. Writes field names as in {@code stream.proto}; reads
 * them so or in lowerCamelCase, and skips fields it does not know.
 *
 * <p>Depth is bounded by the library: messages by 100, arrays and objects in skipped fields by Gson's 255.
 */
public final class JsonFrames<F extends Message> {

    private static final JsonFormat.Printer PRINTER =
            JsonFormat.printer().preservingProtoFieldNames().omittingInsignificantWhitespace();
    private static final JsonFormat.Parser PARSER = JsonFormat.parser().ignoringUnknownFields();

    private final FrameType<F> type;
    private final int maxFrameBytes;

    /** @param maxFrameBytes bound on a text's characters, too: UTF-8 has at least as many bytes */
    public JsonFrames(FrameType<F> type, int maxFrameBytes) {
        this.type = type;
        this.maxFrameBytes = maxFrameBytes;
    }

    public Decoded<F> read(String text) {
        if (text.length() > maxFrameBytes) {
            return type.malformed(FrameType.tooLarge(text.length(), maxFrameBytes));
        }
        Message.Builder frame = type.builder();
        return merges(text, frame) ? type.checked(type.built(frame)) : fault(text);
    }

    public static String write(Message frame) {
        try {
            return PRINTER.print(frame);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("stream.proto has no Any, so every frame can be printed", e);
        }
    }

    /** The library's own message may quote the prompt, so it goes nowhere. */
    static boolean merges(String text, Message.Builder into) {
        try {
            PARSER.merge(text, into);
            return true;
        } catch (InvalidProtocolBufferException e) {
            return false;
        }
    }

    private Decoded<F> fault(String text) {
        JsonFault fault = JsonFault.find(text, type.builder().getDescriptorForType());
        String field = fault.field();
        Rejection rejection = field.isEmpty()
                ? Rejection.of(ErrorCode.PROTOCOL_ERROR, "not a " + type.name() + " in JSON")
                : Rejection.invalid(field, field + " has the wrong type or is out of its type's range");
        return new Decoded.Malformed<>(fault.channel(), rejection);
    }
}
