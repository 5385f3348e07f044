package io.millrace.verticles.ingress.quic;

import static io.millrace.verticles.testing.TestReplica.await;
import static io.millrace.verticles.testing.TestReplica.eventually;
import static io.millrace.verticles.testing.TestReplica.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.api.TokenEvent;
import io.millrace.client.TokenClient;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.QuicFront;
import io.millrace.verticles.testing.RawQuicStream;
import io.millrace.verticles.testing.TestLimits;
import io.millrace.verticles.testing.TestReplica;
import io.millrace.wire.v1.Cancel;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.Credit;
import io.millrace.wire.v1.Generate;
import io.millrace.wire.v1.Resume;
import io.vertx.core.net.QuicConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuicIngressTest {
    @TempDir
    Path keys;

    private CountingStage stage;
    private TestReplica replica;
    private QuicFront front;

    private void start(int steps, Limits limits) throws IOException {
        stage = new CountingStage(steps);
        replica = new TestReplica(limits, stage);
        front = new QuicFront(replica, keys);
    }

    @AfterEach
    void stop() {
        stage.allow(CountingStage.UNLIMITED);
        front.close();
        replica.close();
    }

    @Test
    void theJavaClientStreamsAGeneration() throws Exception {
        start(CountingStage.UNLIMITED, Limits.DEFAULTS);
        try (TokenClient client = front.client()) {
            List<TokenEvent> events =
                    client.generate(request(3, 50)).collect().asList().await().atMost(Duration.ofMinutes(1));
            assertInstanceOf(TokenEvent.Accepted.class, events.getFirst());
            assertInstanceOf(TokenEvent.Finished.class, events.getLast());
            assertEquals(52, events.size());
        }
    }

    @Test
    void aMalformedFrameEndsItsOwnStreamAndNoOther() throws Exception {
        start(5, Limits.DEFAULTS);
        QuicConnection connection = front.connect();
        RawQuicStream good = RawQuicStream.open(front, connection).write(generate(3, 8));
        RawQuicStream bad = RawQuicStream.open(front, connection).writeBytes(new byte[] {3, -1, -1, -1});
        assertEquals(
                ErrorCode.PROTOCOL_ERROR,
                assertInstanceOf(TokenEvent.Rejected.class, bad.awaitEnd())
                        .rejection()
                        .code());
        stage.allow(100);
        assertInstanceOf(TokenEvent.Finished.class, good.awaitEnd());
    }

    @Test
    void aFrameLargerThanTheLimitIsRefusedBeforeItArrives() throws Exception {
        start(5, TestLimits.with("maxFrameBytes", 100));
        RawQuicStream stream = RawQuicStream.open(front, front.connect()).writeBytes(new byte[] {(byte) 0x80, 1, 0});
        assertEquals(
                ErrorCode.TOO_LARGE,
                assertInstanceOf(TokenEvent.Rejected.class, stream.awaitEnd())
                        .rejection()
                        .code());
    }

    @Test
    void aSecondGenerateEndsTheStreamWithOneTerminalFrame() throws Exception {
        start(5, Limits.DEFAULTS);
        RawQuicStream stream = RawQuicStream.open(front, front.connect()).write(generate(3, 8));
        stream.awaitTokens(2);
        stream.write(generate(3, 8));
        TokenEvent.Finished end = assertInstanceOf(TokenEvent.Finished.class, stream.awaitEnd());
        assertEquals(FinishReason.ERROR, end.reason());
        assertEquals(ErrorCode.PROTOCOL_ERROR, end.error().orElseThrow().code());
    }

    @Test
    void cancelInBandIsAnsweredWithAFinish() throws Exception {
        start(5, Limits.DEFAULTS);
        RawQuicStream stream = RawQuicStream.open(front, front.connect()).write(generate(3, 0));
        stream.awaitTokens(2);
        stream.write(ClientFrame.newBuilder().setCancel(Cancel.newBuilder()).build());
        assertEquals(
                FinishReason.CANCELLED,
                assertInstanceOf(TokenEvent.Finished.class, stream.awaitEnd()).reason());
    }

    @Test
    void aResetFreesTheSlotAndIsNoDetachment() throws Exception {
        start(5, Limits.DEFAULTS);
        RawQuicStream stream = RawQuicStream.open(front, front.connect()).write(generate(3, 0));
        stream.awaitTokens(2);
        stream.reset();
        stage.allow(2);
        eventually(
                "the slot is free and nothing parked",
                () -> replica.load().freeSlots() == Limits.DEFAULTS.maxBatch()
                        && replica.load().parked() == 0);
    }

    @Test
    void aSlowReaderStallsAloneAndIsServedWhenItReadsOn() throws Exception {
        start(100, TestLimits.with("outputBufferBytes", 2_000));
        QuicConnection connection = front.connect();
        RawQuicStream slow = RawQuicStream.open(front, connection)
                .write(ClientFrame.newBuilder()
                        .setGenerate(Generate.newBuilder().setText("xxx").setInitialCredit(1))
                        .build());
        eventually("the slow one stalls", () -> replica.load().stalled() == 1);
        stage.allow(CountingStage.UNLIMITED);
        RawQuicStream quick = RawQuicStream.open(front, connection).write(generate(3, 200));
        assertInstanceOf(TokenEvent.Finished.class, quick.awaitEnd());
        assertEquals(1, slow.tokens());
        slow.write(ClientFrame.newBuilder()
                .setCredit(Credit.newBuilder().setTokens(10_000))
                .build());
        slow.awaitEnd();
        assertEquals(replica.limits.contextTokens() - 3 + 1, slow.tokens());
    }

    @Test
    void aLostConnectionIsResumedOnAnother() throws Exception {
        start(6, Limits.DEFAULTS);
        QuicConnection first = front.connect();
        RawQuicStream before = RawQuicStream.open(front, first).write(generate(3, 20));
        before.awaitTokens(5);
        await(front.onClientLoop(first::close));
        eventually("the sequence is parked", () -> replica.load().parked() == 1);
        stage.allow(1_000);
        RawQuicStream after = RawQuicStream.open(front, front.connect())
                .write(ClientFrame.newBuilder()
                        .setResume(
                                Resume.newBuilder().setHandle(before.handle()).setLastEvent(4))
                        .build());
        after.awaitEnd();
        assertEquals(16, after.tokens());
        assertTrue(after.text().startsWith("7 8 9 "), after::text);
    }

    @Test
    void forgedAddressTokensOfAnyLengthHarmNobody() throws Exception {
        start(CountingStage.UNLIMITED, Limits.DEFAULTS);
        for (int length : List.of(1, 2, 20, 31, 32, 33, 40, 52, 53, 200, 900)) {
            ForgedInitial.withToken(length).sendTo(front.port());
        }
        try (TokenClient client = front.client()) {
            assertEquals(
                    7,
                    client.generate(request(3, 5))
                            .collect()
                            .asList()
                            .await()
                            .atMost(Duration.ofMinutes(1))
                            .size());
        }
    }

    private static ClientFrame generate(int promptTokens, int maxTokens) {
        return ClientFrame.newBuilder()
                .setGenerate(
                        Generate.newBuilder().setText("x".repeat(promptTokens)).setMaxTokens(maxTokens))
                .build();
    }
}
