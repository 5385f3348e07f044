package io.millrace.verticles.ingress.grpc;

import static io.millrace.verticles.testing.TestReplica.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.api.TokenEvent;
import io.millrace.verticles.ingress.ApiKeys;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.HttpFront;
import io.millrace.verticles.testing.RawGrpc;
import io.millrace.verticles.testing.RawGrpc.Call;
import io.millrace.verticles.testing.TestLimits;
import io.millrace.verticles.testing.TestReplica;
import io.millrace.wire.v1.Cancel;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.Credit;
import io.millrace.wire.v1.Generate;
import io.millrace.wire.v1.Resume;
import io.vertx.grpc.common.GrpcStatus;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GrpcIngressTest {
    private static final ApiKeys ONE_KEY = key -> key.equals("known") ? Optional.of("acme") : Optional.empty();

    private CountingStage stage;
    private TestReplica replica;
    private HttpFront front;
    private RawGrpc client;

    private void start(int steps, Limits limits, ApiKeys keys) {
        stage = new CountingStage(steps);
        replica = new TestReplica(limits, stage);
        front = new HttpFront(replica, keys);
        client = connect();
    }

    private void start(int steps, Limits limits) {
        start(steps, limits, ApiKeys.OPEN);
    }

    private RawGrpc connect() {
        return new RawGrpc(replica.vertx, front.port());
    }

    @AfterEach
    void stop() {
        stage.allow(CountingStage.UNLIMITED);
        client.close();
        front.close();
        replica.close();
    }

    // ---- how generations go

    @Test
    void callsOfOneConnectionAreTheirOwnGenerations() {
        start(CountingStage.UNLIMITED, Limits.DEFAULTS);
        Call one = generate(client, 3, 4);
        Call two = generate(client, 10, 3);
        assertEquals(GrpcStatus.OK, one.status());
        assertEquals(GrpcStatus.OK, two.status());
        assertEquals("3 4 5 6 ", one.text());
        assertEquals("10 11 12 ", two.text());
        assertEquals(FinishReason.LENGTH, finished(one));
    }

    @Test
    void theSamePortGoesOnSpeakingHttp() {
        start(CountingStage.UNLIMITED, Limits.DEFAULTS);
        assertEquals(200, front.get("/health/live").statusCode());
        assertEquals(GrpcStatus.OK, generate(client, 3, 4).status());
        assertEquals(404, front.post("/millrace.v1.Streams/Generate", "{}").statusCode());
    }

    @Test
    void anExchangeSendsNoMoreThanItWasGranted() {
        start(CountingStage.UNLIMITED, Limits.DEFAULTS);
        Call call = client.call("Exchange").send(frame(asked(3, 6).setInitialCredit(2)));
        call.awaitTokens(2);
        eventually("all is computed", () -> replica.finished(FinishReason.LENGTH) == 1);
        assertEquals(2, call.tokens());
        call.send(ClientFrame.newBuilder()
                .setCredit(Credit.newBuilder().setTokens(9))
                .build());
        assertEquals(GrpcStatus.OK, call.status());
        assertEquals(6, call.tokens());
    }

    @Test
    void packedMessagesAreRead() {
        start(CountingStage.UNLIMITED, Limits.DEFAULTS);
        Call call = client.call("Generate").packed().ask(asked(3, 4).build());
        assertEquals(GrpcStatus.OK, call.status());
        assertEquals("3 4 5 6 ", call.text());
    }

    // ---- how they end

    @Test
    void aCancelledCallFreesItsSlotAndIsNoDetachment() {
        start(5, Limits.DEFAULTS);
        Call call = generate(client, 3, 0);
        call.awaitTokens(2);
        call.cancel();
        stage.allow(2);
        eventually(
                "the slot is free and nothing parked",
                () -> replica.load().freeSlots() == Limits.DEFAULTS.maxBatch()
                        && replica.load().parked() == 0);
        assertEquals(1, replica.finished(FinishReason.CANCELLED));
    }

    @Test
    void aCancelFrameIsAnsweredWithAFinishAndTheStatusOfIt() {
        start(5, Limits.DEFAULTS);
        Call call = client.call("Exchange").send(frame(asked(3, 0)));
        call.awaitTokens(2);
        call.send(
                ClientFrame.newBuilder().setCancel(Cancel.getDefaultInstance()).build());
        assertEquals(GrpcStatus.CANCELLED, call.status());
        assertEquals(FinishReason.CANCELLED, finished(call));
    }

    @Test
    void aLostConnectionIsResumedOnAnother() {
        start(6, Limits.DEFAULTS);
        Call before = generate(client, 3, 20);
        before.awaitTokens(5);
        before.dropConnection();
        eventually("the sequence is parked", () -> replica.load().parked() == 1);
        stage.allow(1_000);
        try (RawGrpc second = connect()) {
            Call after = resume(second, before.handle(), 4);
            assertEquals(GrpcStatus.OK, after.status());
            assertEquals("7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 ", after.text());
            assertEquals(FinishReason.LENGTH, finished(after));
        }
    }

    @Test
    void aCallWhoseStreamWasResumedElsewhereIsCutOff() {
        start(6, Limits.DEFAULTS);
        Call before = generate(client, 3, 20);
        before.awaitTokens(5);
        Call after = resume(client, before.handle(), 5);
        assertEquals("reset CANCELLED", before.awaitEnd());
        assertFalse(before.hasTerminal());
        stage.allow(1_000);
        assertEquals(GrpcStatus.OK, after.status());
        assertEquals(15, after.tokens());
    }

    /** The client's window and the socket take some hundred kilobytes first: the context is as long as that needs. */
    @Test
    void aSlowReaderStallsAloneAndIsServedWhenItReadsOn() {
        Limits limits = TestLimits.with(
                TestLimits.with(TestLimits.with("outputBufferBytes", 2_000), "contextTokens", 100_000),
                "kvBlocks",
                8_000);
        start(CountingStage.UNLIMITED, limits);
        Call slow = generate(client, 3, 40_000);
        slow.stopReading();
        eventually("the slow one stalls", () -> replica.load().stalled() == 1);
        Call quick = generate(client, 3, 200);
        assertEquals(GrpcStatus.OK, quick.status());
        assertEquals(200, quick.tokens());
        assertEquals(1, replica.load().stalled());
        slow.readOn();
        assertEquals(GrpcStatus.OK, slow.status());
        assertEquals(40_000, slow.tokens());
    }

    // ---- what is refused

    @Test
    void aRefusalIsAFrameAndItsStatus() {
        start(CountingStage.UNLIMITED, Limits.DEFAULTS);
        assertRefused(ErrorCode.INVALID_REQUEST, client.call("Generate").send(Generate.getDefaultInstance()));
        assertRefused(
                ErrorCode.NOT_FOUND,
                client.call("Generate").send(asked(3, 1).setModel("other").build()));
        assertRefused(ErrorCode.NOT_FOUND, resume(client, "nobodys", 0));
        assertRefused(
                ErrorCode.INVALID_REQUEST,
                client.call("Generate").send(asked(3, 1).setInitialCredit(1).build()));
        assertRefused(
                ErrorCode.INVALID_REQUEST,
                client.call("Resume")
                        .send(Resume.newBuilder().setInitialCredit(1).build()));
    }

    @Test
    void rubbishEndsItsOwnCallAndNoOther() {
        start(3, Limits.DEFAULTS);
        Call good = generate(client, 3, 8);
        good.awaitTokens(2);
        byte[] rubbish = {0x12, 0x7f};
        for (String method : new String[] {"Generate", "Resume", "Exchange"}) {
            assertRefused(ErrorCode.PROTOCOL_ERROR, client.call(method).sendBytes(rubbish));
            assertRefused(ErrorCode.PROTOCOL_ERROR, client.call(method).end());
        }
        assertRefused(
                ErrorCode.PROTOCOL_ERROR,
                client.call("Exchange")
                        .send(ClientFrame.newBuilder()
                                .setCancel(Cancel.getDefaultInstance())
                                .build()));
        stage.allow(100);
        assertEquals(GrpcStatus.OK, good.status());
    }

    @Test
    void aSecondGenerateEndsTheCallWithOneTerminalFrame() {
        start(5, Limits.DEFAULTS);
        Call call = client.call("Exchange").send(frame(asked(3, 8)));
        call.awaitTokens(2);
        call.send(frame(asked(3, 8)));
        assertEquals(GrpcStatus.INVALID_ARGUMENT, call.status());
        TokenEvent.Finished end = assertInstanceOf(TokenEvent.Finished.class, call.onlyTerminal());
        assertEquals(ErrorCode.PROTOCOL_ERROR, end.error().orElseThrow().code());
    }

    @Test
    void aMessageOverTheLimitIsRefusedAlsoWhereItIsPackedSmall() {
        start(5, TestLimits.with("maxFrameBytes", 1_000));
        byte[] large = new byte[2_000];
        assertRefused(ErrorCode.TOO_LARGE, client.call("Generate").sendBytes(large));
        assertRefused(ErrorCode.TOO_LARGE, client.call("Generate").packed().sendBytes(large));
    }

    @Test
    void oneMoreThanAreAdmittedIsOverloaded() {
        Limits limits = TestLimits.with(TestLimits.with("maxStreams", 1), "replayWindow", Duration.ofMinutes(1));
        start(2, limits);
        generate(client, 3, 9).awaitTokens(1);
        assertRefused(ErrorCode.OVERLOADED, generate(client, 3, 9));
    }

    @Test
    void aKeyComesAsMetadataOrInTheMessage() {
        start(CountingStage.UNLIMITED, Limits.DEFAULTS, ONE_KEY);
        assertRefused(ErrorCode.UNAUTHENTICATED, generate(client, 3, 4));
        assertRefused(
                ErrorCode.UNAUTHENTICATED,
                client.call("Generate", "authorization", "Bearer other")
                        .send(asked(3, 4).build()));
        assertEquals(
                GrpcStatus.OK,
                client.call("Generate", "authorization", "Bearer known")
                        .send(asked(3, 4).build())
                        .status());
        assertEquals(
                GrpcStatus.OK,
                client.call("Generate")
                        .send(asked(3, 4).setApiKey("known").build())
                        .status());
    }

    @Test
    void whatIsNoMethodIsUnimplemented() {
        start(CountingStage.UNLIMITED, Limits.DEFAULTS);
        Call call = client.call("Nothing").end();
        assertEquals(GrpcStatus.UNIMPLEMENTED, call.status());
        assertFalse(call.hasTerminal());
    }

    @Test
    void aConnectionIsIdleOnceItsLastCallHasEndedHoweverItDid() {
        start(5, TestLimits.with("idleTimeout", Duration.ofMillis(200)));
        Call call = generate(client, 3, 0);
        call.awaitTokens(5);
        client.call("Nothing").end().status();
        resume(client, "nobodys", 0).status();
        assertEquals(1, front.connections.get());
        call.cancel();
        eventually("it is closed", () -> front.connections.get() == 0);
        assertTrue(replica.finished(FinishReason.CANCELLED) == 1);
    }

    private static void assertRefused(ErrorCode code, Call call) {
        assertEquals(GrpcStatus.valueOf(code.grpcStatus()), call.status());
        assertEquals(
                code,
                assertInstanceOf(TokenEvent.Rejected.class, call.onlyTerminal())
                        .rejection()
                        .code());
    }

    private static FinishReason finished(Call call) {
        return assertInstanceOf(TokenEvent.Finished.class, call.onlyTerminal()).reason();
    }

    private static Call generate(RawGrpc client, int promptTokens, int maxTokens) {
        return client.call("Generate").ask(asked(promptTokens, maxTokens).build());
    }

    private static Call resume(RawGrpc client, String handle, int lastEvent) {
        return client.call("Resume")
                .ask(Resume.newBuilder()
                        .setHandle(handle)
                        .setLastEvent(lastEvent)
                        .build());
    }

    private static ClientFrame frame(Generate.Builder generate) {
        return ClientFrame.newBuilder().setGenerate(generate).build();
    }

    private static Generate.Builder asked(int promptTokens, int maxTokens) {
        return Generate.newBuilder().setText("x".repeat(promptTokens)).setMaxTokens(maxTokens);
    }
}
