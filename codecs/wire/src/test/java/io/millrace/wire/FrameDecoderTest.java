package io.millrace.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.wire.v1.Cancel;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.Credit;
import io.millrace.wire.v1.Generate;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameDecoderTest {

    private static final int MAX = 1000;
    private static final ClientFrame GENERATE = ClientFrame.newBuilder()
            .setGenerate(Generate.newBuilder().setText("x".repeat(300)))
            .build();
    private static final ClientFrame CREDIT =
            ClientFrame.newBuilder().setCredit(Credit.newBuilder().setTokens(7)).build();
    private static final ClientFrame CANCEL =
            ClientFrame.newBuilder().setCancel(Cancel.getDefaultInstance()).build();

    private final FrameDecoder<ClientFrame> decoder = new FrameDecoder<>(FrameType.CLIENT, MAX);
    private final List<Decoded<ClientFrame>> out = new ArrayList<>();

    @Test
    void framesComeOutWhateverTheChunks() {
        byte[] bytes = stream(GENERATE, CREDIT, CANCEL, GENERATE);
        for (int size = 1; size <= bytes.length; size++) {
            out.clear();
            for (int at = 0; at < bytes.length; at += size) {
                push(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size)));
            }
            assertEquals(List.of(value(GENERATE), value(CREDIT), value(CANCEL), value(GENERATE)), out);
            assertTrue(decoder.end().isEmpty());
        }
    }

    @Test
    void anArrayMayBeReusedOnceItWasPushed() {
        byte[] bytes = stream(GENERATE);
        byte[] first = Arrays.copyOf(bytes, 100);
        push(first);
        Arrays.fill(first, (byte) -1);
        push(Arrays.copyOfRange(bytes, 100, bytes.length));
        assertEquals(List.of(value(GENERATE)), out);
    }

    @Test
    void memoryFollowsTheBytesThatCameNotTheLengthTheyAnnounce() {
        push("e707" + "00".repeat(10)); // 999 announced
        assertTrue(decoder.heldBytes() < 100, () -> "holds " + decoder.heldBytes());
    }

    @Test
    void aFrameMayBeAsLongAsTheLimitAndNotAByteLonger() {
        int overhead = 2 * 3; // two tags with two-byte lengths each: the oneof and the text
        ClientFrame longest = ClientFrame.newBuilder()
                .setGenerate(Generate.newBuilder().setText("y".repeat(MAX - overhead)))
                .build();
        assertEquals(MAX, longest.getSerializedSize());
        push(stream(longest));
        assertEquals(List.of(value(longest)), out);
        push("e907");
        assertEquals(ErrorCode.TOO_LARGE, lastRejection().code());
        assertTrue(lastRejection().message().contains("the limit is " + MAX));
    }

    @Test
    void aHugeLengthIsRefusedAtItsPrefix() {
        push("ffff");
        assertEquals(ErrorCode.TOO_LARGE, lastRejection().code());
    }

    @Test
    void aLengthThatIsNotInItsShortestFormIsRefused() {
        push("8200");
        assertEquals(ErrorCode.PROTOCOL_ERROR, lastRejection().code());
    }

    @Test
    void aLengthThatNeverEndsIsRefused() {
        push("8080808080");
        assertEquals(ErrorCode.PROTOCOL_ERROR, lastRejection().code());
    }

    @Test
    void anEmptyFrameIsRefused() {
        push("00");
        assertTrue(lastRejection().message().contains("no kind"));
    }

    @Test
    void anUnknownKindIsRefused() {
        push("037a0100"); // field 15, one byte
        assertTrue(lastRejection().message().contains("no kind"));
    }

    @Test
    void bytesThatAreNotProtobufAreRefused() {
        push("02127f");
        assertEquals(ErrorCode.PROTOCOL_ERROR, lastRejection().code());
    }

    @Test
    void invalidUtf8InAStringIsRefused() {
        push("0612041a02c328"); // generate.text
        assertEquals("not a protobuf ClientFrame", lastRejection().message());
    }

    @Test
    void nothingComesOutBehindAMalformedFrame() {
        push("02127f");
        push(stream(CREDIT));
        assertEquals(1, out.size());
        assertTrue(decoder.end().isEmpty());
    }

    @Test
    void anEndInsideABodyOrALengthIsAnError() {
        push("0512");
        assertTrue(out.isEmpty());
        assertEquals(ErrorCode.PROTOCOL_ERROR, decoder.end().orElseThrow().code());
        FrameDecoder<ClientFrame> inLength = new FrameDecoder<>(FrameType.CLIENT, MAX);
        inLength.push(new byte[] {(byte) 0x80}, out::add);
        assertTrue(inLength.end().isPresent());
    }

    private void push(byte[] bytes) {
        decoder.push(bytes, out::add);
    }

    private void push(String hex) {
        push(HexFormat.of().parseHex(hex));
    }

    private Rejection lastRejection() {
        return assertInstanceOf(Decoded.Malformed.class, out.getLast()).rejection();
    }

    private static Decoded<ClientFrame> value(ClientFrame frame) {
        return new Decoded.Value<>(frame);
    }

    private static byte[] stream(ClientFrame... frames) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (ClientFrame frame : frames) {
            bytes.writeBytes(FrameEncoder.encode(frame));
        }
        return bytes.toByteArray();
    }
}
