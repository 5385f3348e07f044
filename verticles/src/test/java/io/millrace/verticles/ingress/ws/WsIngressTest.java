package io.millrace.verticles.ingress.ws;

import static io.millrace.verticles.testing.TestReplica.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.api.TokenEvent;
import io.millrace.verticles.ingress.ApiKeys;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.HttpFront;
import io.millrace.verticles.testing.RawWebSocket;
import io.millrace.verticles.testing.TestLimits;
import io.millrace.verticles.testing.TestReplica;
import io.millrace.wire.v1.Cancel;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.Generate;
import io.millrace.wire.v1.Resume;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WsIngressTest {
    private CountingStage stage;
    private TestReplica replica;
    private HttpFront front;

    private RawWebSocket start(int steps, Limits limits) {
        stage = new CountingStage(steps);
        replica = new TestReplica(limits, stage);
        front = new HttpFront(replica, ApiKeys.OPEN);
        return new RawWebSocket(front.port());
    }

    @AfterEach
    void stop() {
        stage.allow(CountingStage.UNLIMITED);
        front.close();
        replica.close();
    }

    @Test
    void channelsOfOneConnectionAreTheirOwnGenerations() {
        try (RawWebSocket socket =
                start(CountingStage.UNLIMITED, Limits.DEFAULTS).readAll()) {
            socket.write(generate(1, 3, 4)).write(generate(2, 10, 3));
            socket.awaitEnd(1);
            socket.awaitEnd(2);
            assertEquals("3 4 5 6 ", socket.text(1));
            assertEquals("10 11 12 ", socket.text(2));
        }
    }

    @Test
    void aTextMessageIsAnsweredInText() {
        try (RawWebSocket socket =
                start(CountingStage.UNLIMITED, Limits.DEFAULTS).readAll()) {
            socket.writeText("{\"channel\": 7, \"generate\": {\"text\": \"xxx\", \"max_tokens\": 2}}");
            socket.awaitEnd(7);
            assertEquals("3 4 ", socket.text(7));
        }
    }

    @Test
    void aMalformedMessageEndsItsOwnChannelAndNoOther() {
        try (RawWebSocket socket = start(3, Limits.DEFAULTS).readAll()) {
            socket.write(generate(1, 3, 8))
                    .writeText("{\"channel\": 2, \"nothing\": {}}")
                    .writeText("not JSON");
            assertEquals(ErrorCode.PROTOCOL_ERROR, rejection(socket, 2));
            assertEquals(ErrorCode.PROTOCOL_ERROR, rejection(socket, 0));
            stage.allow(100);
            assertInstanceOf(TokenEvent.Finished.class, socket.awaitEnd(1));
        }
    }

    @Test
    void oneGenerationMoreThanTheConnectionMayHaveIsOverloaded() {
        try (RawWebSocket socket =
                start(0, TestLimits.with("maxStreamsPerConnection", 2)).readAll()) {
            socket.write(generate(1, 3, 4)).write(generate(2, 3, 4)).write(generate(3, 3, 4));
            assertEquals(ErrorCode.OVERLOADED, rejection(socket, 3));
            stage.allow(100);
            socket.awaitEnd(1);
            socket.awaitEnd(2);
            socket.write(generate(3, 3, 4));
            eventually("the channel is free again", () -> socket.events(3).size() > 2);
        }
    }

    @Test
    void cancelIsAnsweredWithAFinish() {
        try (RawWebSocket socket = start(3, Limits.DEFAULTS).readAll()) {
            socket.write(generate(1, 3, 0));
            eventually("it runs", () -> socket.events(1).size() > 1);
            socket.write(ClientFrame.newBuilder()
                    .setChannel(1)
                    .setCancel(Cancel.newBuilder())
                    .build());
            assertEquals(
                    FinishReason.CANCELLED,
                    assertInstanceOf(TokenEvent.Finished.class, socket.awaitEnd(1))
                            .reason());
        }
    }

    @Test
    void aLostSocketIsResumedOnAnother() {
        try (RawWebSocket first = start(6, Limits.DEFAULTS).readAll()) {
            first.write(generate(1, 3, 20));
            eventually("five tokens", () -> first.text(1).startsWith("3 4 5 6 7 "));
            String handle = ((TokenEvent.Accepted) first.events(1).getFirst()).handle();
            first.abort();
            eventually("the sequence is parked", () -> replica.load().parked() == 1);
            stage.allow(1_000);
            try (RawWebSocket second = new RawWebSocket(front.port()).readAll()) {
                second.write(ClientFrame.newBuilder()
                        .setChannel(5)
                        .setResume(Resume.newBuilder().setHandle(handle).setLastEvent(4))
                        .build());
                second.awaitEnd(5);
                assertEquals("7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 ", second.text(5));
            }
        }
    }

    /** The socket's own buffers take some hundred kilobytes first: the prompt and the context are as long as that needs. */
    @Test
    void aSlowReaderHoldsItsBufferAndOthersGoOn() {
        Limits limits = TestLimits.with(
                TestLimits.with(TestLimits.with("outputBufferBytes", 2_000), "contextTokens", 1_000_000),
                "kvBlocks",
                8_000);
        limits = TestLimits.with(limits, "maxWaitingTokens", 2_000_000);
        try (RawWebSocket slow = start(CountingStage.UNLIMITED, limits)) {
            slow.write(generate(1, 3, 0));
            eventually("the slow one stalls", () -> replica.load().stalled() == 1);
            try (RawWebSocket quick = new RawWebSocket(front.port()).readAll()) {
                quick.write(generate(1, 5, 100));
                assertInstanceOf(TokenEvent.Finished.class, quick.awaitEnd(1));
            }
            eventually("the slow one still stalls", () -> replica.load().stalled() == 1);
        }
    }

    @Test
    void tooManyMalformedMessagesInASecondCloseTheConnection() {
        try (RawWebSocket socket =
                start(0, TestLimits.with("maxResetsPerConnection", 3)).readAll()) {
            for (int i = 0; i < 4; i++) {
                socket.writeText("rubbish");
            }
            socket.awaitClose(1008);
        }
    }

    private static ErrorCode rejection(RawWebSocket socket, int channel) {
        return assertInstanceOf(TokenEvent.Rejected.class, socket.awaitEnd(channel))
                .rejection()
                .code();
    }

    private static ClientFrame generate(int channel, int promptTokens, int maxTokens) {
        return ClientFrame.newBuilder()
                .setChannel(channel)
                .setGenerate(
                        Generate.newBuilder().setText("x".repeat(promptTokens)).setMaxTokens(maxTokens))
                .build();
    }
}
