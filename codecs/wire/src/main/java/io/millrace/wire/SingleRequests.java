package io.millrace.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.Generate;
import io.millrace.wire.v1.Resume;

/** {@code Generate} and {@code Resume} that come alone, as the one message of a gRPC call, read as the frame they stand for. */
public final class SingleRequests {

    private SingleRequests() {}

    public static Decoded<ClientFrame> generate(byte[] message) {
        try {
            Generate generate = Generate.parseFrom(message);
            return generate.hasInitialCredit()
                    ? creditCannotFollow()
                    : value(ClientFrame.newBuilder().setGenerate(generate));
        } catch (InvalidProtocolBufferException e) {
            return malformed("Generate");
        }
    }

    public static Decoded<ClientFrame> resume(byte[] message) {
        try {
            Resume resume = Resume.parseFrom(message);
            return resume.hasInitialCredit()
                    ? creditCannotFollow()
                    : value(ClientFrame.newBuilder().setResume(resume));
        } catch (InvalidProtocolBufferException e) {
            return malformed("Resume");
        }
    }

    private static Decoded<ClientFrame> value(ClientFrame.Builder frame) {
        return new Decoded.Value<>(frame.build());
    }

    private static Decoded<ClientFrame> creditCannotFollow() {
        return new Decoded.Malformed<>(
                0,
                Rejection.invalid(
                        "initial_credit", "initial_credit needs a call that Credit can follow on: use Exchange"));
    }

    private static Decoded<ClientFrame> malformed(String name) {
        return new Decoded.Malformed<>(0, Rejection.of(ErrorCode.PROTOCOL_ERROR, "not a protobuf " + name));
    }
}
