package io.millrace.client;

import static io.millrace.client.Script.ACCEPTED;
import static io.millrace.client.Script.REQUEST;
import static io.millrace.client.Script.finished;
import static io.millrace.client.Script.rejected;
import static io.millrace.client.Script.send;
import static io.millrace.client.Script.token;
import static io.millrace.client.Script.tokens;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.api.TokenEvent;
import io.millrace.client.ScriptedServer.Kind;
import io.millrace.wire.v1.ClientFrame;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The client over each transport, against a server that does what the test says. */
@ParameterizedClass
@EnumSource(Kind.class)
class RemoteClientTest {

    static final ClientOptions OPTIONS = ClientOptions.DEFAULTS
            .withApiKey("secret")
            .withTrust(new ClientOptions.Trust.Pem(Path.of("src/test/resources/localhost-cert.pem")))
            .withRetries(3, Duration.ofMillis(1), Duration.ofMillis(4), 42);

    private static Vertx vertx;

    @Parameter
    Kind kind;

    private ScriptedServer server;
    private TokenClient client;

    @BeforeAll
    static void startVertx() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stopVertx() {
        vertx.close().await();
    }

    @BeforeEach
    void start() {
        server = new ScriptedServer(vertx, kind);
        client = TokenClients.connect(vertx, server.uri(), OPTIONS);
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void aStreamComesInOrderAndCompletes() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(Long.MAX_VALUE);
        Peer peer = server.next();
        ClientFrame first = peer.take();
        assertEquals("hi", first.getGenerate().getText());
        assertEquals("secret", first.getGenerate().getApiKey());
        assertFalse(first.getGenerate().hasInitialCredit(), "unbounded demand is no limit");
        send(peer, ACCEPTED, token(1), token(2), finished(3));
        for (TokenEvent event : List.of(ACCEPTED, token(1), token(2), finished(3))) {
            assertEquals(event, recorder.event());
        }
        recorder.completes();
    }

    @Test
    void nothingIsSentBeforeTheFirstRequest() {
        Recorder silent = Recorder.of(client.resume("never", 0));
        Recorder.of(client.resume("asked for", 7)).request(1);
        assertEquals("asked for", server.next().take().getResume().getHandle());
        silent.cancel();
    }

    @Test
    void demandBecomesCreditAndFinishNeedsDemandToo() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(3);
        Peer peer = server.next();
        assertEquals(2, peer.take().getGenerate().getInitialCredit(), "one of three is Accepted");
        send(peer, ACCEPTED, token(1), token(2));
        assertEquals(ACCEPTED, recorder.event());
        assertEquals(token(1), recorder.event());
        assertEquals(token(2), recorder.event());
        recorder.request(1);
        assertEquals(1, peer.take().getCredit().getTokens());
        send(peer, token(3), finished(4));
        assertEquals(token(3), recorder.event());
        assertTrue(recorder.quiet());
        recorder.request(1);
        assertEquals(finished(4), recorder.event());
        recorder.completes();
    }

    @Test
    void anUnusedCreditIsToppedUpOnceHalfOfItIsGone() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(9);
        Peer peer = server.next();
        assertEquals(8, peer.take().getGenerate().getInitialCredit());
        send(peer, ACCEPTED);
        recorder.event();
        for (int number = 1; number <= 8; number++) {
            send(peer, token(number));
            recorder.token();
            recorder.request(1);
        }
        int granted = 0;
        int frames = 0;
        while (granted < 7) {
            granted += peer.take().getCredit().getTokens();
            frames++;
        }
        assertTrue(frames <= 4, "frames: " + frames);
    }

    @Test
    void aServerThatOverdrawsItsCreditFailsTheStream() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(2);
        Peer peer = server.next();
        send(peer, ACCEPTED, token(1), token(2));
        recorder.event();
        recorder.token();
        assertTrue(recorder.fails(ProtocolException.class).getMessage().contains("granted"));
    }

    @Test
    void cancellingTheSubscriptionCancelsTheGeneration() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(Long.MAX_VALUE);
        Peer peer = server.next();
        peer.take();
        send(peer, ACCEPTED, token(1));
        recorder.event();
        recorder.token();
        recorder.cancel();
        assertTrue(peer.take().hasCancel());
        if (kind == Kind.QUIC) {
            assertEquals(ErrorCode.CANCELLED.quicCode(), Peer.await(peer.resets));
        }
        Recorder another = Recorder.of(client.generate(REQUEST)).request(Long.MAX_VALUE);
        send(server.next(), rejected(Rejection.overloaded("full", Duration.ofSeconds(1))));
        another.event();
        another.completes();
        assertTrue(recorder.quiet());
    }

    @Test
    void anOperatorThatHasEnoughCancelsTheGeneration() {
        CompletableFuture<List<TokenEvent>> firstTwo =
                client.generate(REQUEST).select().first(2).collect().asList().subscribeAsCompletionStage();
        Peer peer = server.next();
        peer.take();
        send(peer, ACCEPTED, token(1), token(2), token(3));
        assertEquals(
                List.of(ACCEPTED, token(1)),
                firstTwo.orTimeout(Peer.PATIENCE_SECONDS, TimeUnit.SECONDS).join());
        assertTrue(peer.take().hasCancel());
    }

    @Test
    void aLostConnectionIsResumedWithoutGapOrRepeat() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(10);
        Peer first = server.next();
        send(first, ACCEPTED, token(1), token(2));
        assertEquals(ACCEPTED, recorder.event());
        recorder.token();
        recorder.token();
        first.dropConnection();

        Peer second = server.next();
        ClientFrame resume = second.take();
        assertEquals("h-1", resume.getResume().getHandle());
        assertEquals(2, resume.getResume().getLastEvent());
        assertEquals(7, resume.getResume().getInitialCredit(), "ten asked for, three came");
        assertEquals("secret", resume.getResume().getApiKey());
        send(second, ACCEPTED, token(2), token(3), finished(4));
        assertEquals(token(3), recorder.event());
        assertEquals(finished(4), recorder.event());
        recorder.completes();
    }

    @Test
    void everyLossIsResumedWhileEventsKeepComing() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(Long.MAX_VALUE);
        for (int number = 1; number <= 6; number++) {
            Peer peer = server.next();
            send(peer, ACCEPTED, token(number));
            if (number == 1) {
                assertEquals(ACCEPTED, recorder.event());
            }
            assertEquals(token(number), recorder.event());
            peer.dropConnection();
        }
        send(server.next(), ACCEPTED, finished(7));
        assertEquals(finished(7), recorder.event());
        recorder.completes();
    }

    @Test
    void aStreamThatIsLostBeforeItWasAcceptedIsAskedForAgain() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(Long.MAX_VALUE);
        server.next().dropConnection();
        Peer again = server.next();
        assertTrue(again.take().hasGenerate());
        send(again, ACCEPTED, finished(1));
        assertEquals(ACCEPTED, recorder.event());
        assertEquals(finished(1), recorder.event());
        recorder.completes();
    }

    @Test
    void attemptsThatBringNothingNewAreBounded() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(Long.MAX_VALUE);
        for (int attempt = 0; attempt <= OPTIONS.maxAttempts(); attempt++) {
            Peer peer = server.next();
            send(peer, ACCEPTED);
            if (attempt == 0) {
                recorder.event();
            }
            peer.dropConnection();
        }
        assertTrue(recorder.fails(ConnectionLostException.class).getMessage().contains("3 new attempts"));
    }

    @Test
    void aRejectionIsAnEventAndThenCompletion() {
        Rejection overloaded = Rejection.overloaded("full", Duration.ofSeconds(1));
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(1);
        send(server.next(), rejected(overloaded));
        assertEquals(rejected(overloaded), recorder.event());
        recorder.completes();
    }

    @Test
    void aResumptionIsTriedAgainWhileTheServerIsBusyAndEndsWhenItIsRefused() {
        Recorder recorder = Recorder.of(client.resume("h-1", 0)).request(Long.MAX_VALUE);
        Peer peer = server.next();
        send(peer, ACCEPTED);
        recorder.event();
        peer.dropConnection();
        send(server.next(), rejected(Rejection.overloaded("full", Duration.ofMillis(1))));
        Rejection gone = Rejection.of(ErrorCode.REPLAY_GONE, "too late");
        send(server.next(), rejected(gone));
        assertEquals(rejected(gone), recorder.event());
        recorder.completes();
    }

    @Test
    void aMalformedFrameFailsTheStream() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(Long.MAX_VALUE);
        server.next().sendGarbage();
        recorder.fails(ProtocolException.class);
    }

    @Test
    void aGapInTheNumbersFailsTheStream() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(Long.MAX_VALUE);
        send(server.next(), ACCEPTED, token(1), token(3));
        recorder.event();
        recorder.token();
        assertTrue(recorder.fails(ProtocolException.class).getMessage().contains("event 3 after event 1"));
    }

    @Test
    void aRequestOfNothingFailsTheStream() {
        Recorder.of(client.generate(REQUEST)).request(0).fails(IllegalArgumentException.class);
    }

    @Test
    void streamsOfOneClientDoNotDisturbEachOther() {
        Recorder one = Recorder.of(client.resume("one", 0)).request(Long.MAX_VALUE);
        Peer first = server.next();
        Recorder two = Recorder.of(client.resume("two", 0)).request(2);
        Peer second = server.next();
        send(second, new TokenEvent.Accepted("two", "m", 1));
        send(first, new TokenEvent.Accepted("one", "m", 1));
        send(first, tokens(1, 300));
        send(first, finished(301));
        two.event();
        one.event();
        for (int number = 1; number <= 300; number++) {
            assertEquals(token(number), one.event());
        }
        assertEquals(finished(301), one.event());
        one.completes();
        send(second, token(1));
        assertEquals(token(1), two.event());
    }

    @Test
    void aSignOfLifeKeepsAQuietStreamOpen() {
        ClientOptions hasty = OPTIONS.withTimeouts(Duration.ofSeconds(10), Duration.ofSeconds(3));
        try (TokenClient anxious = TokenClients.connect(vertx, server.uri(), hasty)) {
            Recorder.of(anxious.generate(REQUEST)).request(5);
            Peer peer = server.next();
            peer.take();
            Peer.await(peer.signsOfLife);
            Peer.await(peer.signsOfLife);
        }
    }

    @Test
    void closingTheClientFailsItsRunningStreams() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(Long.MAX_VALUE);
        send(server.next(), ACCEPTED);
        recorder.event();
        client.close();
        assertEquals(
                "the client was closed",
                recorder.fails(ConnectionLostException.class).getMessage());
    }

    @Test
    void aServerThatIsNotThereFailsTheStreamAfterTheAttempts() {
        server.close();
        ClientOptions hasty = OPTIONS.withTimeouts(Duration.ofMillis(50), Duration.ofSeconds(30));
        try (TokenClient lonely = TokenClients.connect(vertx, server.uri(), hasty)) {
            Recorder recorder = Recorder.of(lonely.generate(REQUEST)).request(1);
            assertTrue(
                    recorder.fails(ConnectionLostException.class).getMessage().contains("gave up"));
        }
        server = new ScriptedServer(vertx, kind);
    }
}
