package io.millrace.wire;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes a frame as a QUIC stream carries it: its length as a varint, then the protobuf bytes. */
public final class FrameEncoder {

    private FrameEncoder() {}

    public static byte[] encode(MessageLite frame) {
        int size = frame.getSerializedSize();
        byte[] bytes = new byte[CodedOutputStream.computeUInt32SizeNoTag(size) + size];
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            out.writeUInt32NoTag(size);
            frame.writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException("an array of the computed size was too short", e);
        }
        out.checkNoSpaceLeft();
        return bytes;
    }
}
