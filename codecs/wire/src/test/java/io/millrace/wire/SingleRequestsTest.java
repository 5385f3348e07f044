package io.millrace.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.api.ErrorCode;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.Generate;
import io.millrace.wire.v1.Resume;
import org.junit.jupiter.api.Test;

class SingleRequestsTest {

    private static final byte[] RUBBISH = {0x12, 0x7f};

    @Test
    void aMessageIsReadAsTheFrameItStandsFor() {
        Generate generate = Generate.newBuilder().setText("Hi").setMaxTokens(3).build();
        assertEquals(
                new Decoded.Value<>(
                        ClientFrame.newBuilder().setGenerate(generate).build()),
                SingleRequests.generate(generate.toByteArray()));
        Resume resume = Resume.newBuilder().setHandle("s-1").setLastEvent(2).build();
        assertEquals(
                new Decoded.Value<>(ClientFrame.newBuilder().setResume(resume).build()),
                SingleRequests.resume(resume.toByteArray()));
    }

    @Test
    void creditIsRefusedWhereNoneCouldFollow() {
        byte[] generate = Generate.newBuilder().setInitialCredit(0).build().toByteArray();
        byte[] resume = Resume.newBuilder().setInitialCredit(9).build().toByteArray();
        assertRefused(ErrorCode.INVALID_REQUEST, SingleRequests.generate(generate));
        assertRefused(ErrorCode.INVALID_REQUEST, SingleRequests.resume(resume));
    }

    @Test
    void bytesThatAreNoMessageAreMalformed() {
        assertRefused(ErrorCode.PROTOCOL_ERROR, SingleRequests.generate(RUBBISH));
        assertRefused(ErrorCode.PROTOCOL_ERROR, SingleRequests.resume(RUBBISH));
    }

    private static void assertRefused(ErrorCode code, Decoded<ClientFrame> decoded) {
        assertEquals(
                code,
                assertInstanceOf(Decoded.Malformed.class, decoded).rejection().code());
    }
}
