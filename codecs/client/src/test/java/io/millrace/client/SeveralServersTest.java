package io.millrace.client;

import static io.millrace.client.Script.ACCEPTED;
import static io.millrace.client.Script.REQUEST;
import static io.millrace.client.Script.finished;
import static io.millrace.client.Script.rejected;
import static io.millrace.client.Script.send;
import static io.millrace.client.Script.token;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Rejection;
import io.millrace.api.TokenEvent;
import io.millrace.api.Usage;
import io.millrace.client.ScriptedServer.Kind;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.Generate;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client that is told of two servers, one of which goes away or turns it away. */
class SeveralServersTest {
    private static final TokenEvent OTHERS = new TokenEvent.Accepted("h-2", "smollm2", 2);
    private static final Rejection DRAINS = Rejection.of(ErrorCode.UNAVAILABLE, "the node is shutting down");

    private static Vertx vertx;

    private ScriptedServer first;
    private ScriptedServer second;
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
        first = new ScriptedServer(vertx, Kind.WEBSOCKET);
        second = new ScriptedServer(vertx, Kind.WEBSOCKET);
        client = TokenClients.connect(vertx, List.of(first.uri(), second.uri()), RemoteClientTest.OPTIONS);
    }

    @AfterEach
    void stop() {
        client.close();
        first.close();
        second.close();
    }

    @Test
    void aStreamWhoseServerDiesGoesOnOnTheNextAfterTheTokensReceived() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(10);
        Peer peer = startedOnTheFirst(recorder);
        first.close();
        peer.dropConnection();
        Peer next = second.next();
        Generate anew = next.take().getGenerate();
        assertEquals(List.of(101, 102), anew.getGeneratedList());
        assertEquals("hi", anew.getText());
        assertEquals("smollm2", anew.getModel(), "the model that it began with, and no other");
        assertEquals(7, anew.getInitialCredit(), "ten asked for, three came");
        send(next, OTHERS, token(3), finished(4));
        assertEquals(token(3), recorder.event());
        assertEquals(finished(4), recorder.event());
        recorder.completes();
    }

    /** QUIC has nobody who tells: the timeouts of a client of one server would be waited for here. */
    @Test
    void aStreamOverQuicWhoseServerFallsSilentGoesOnOnTheNext() throws Exception {
        ClientOptions patient = RemoteClientTest.OPTIONS
                .withTimeouts(Duration.ofMinutes(5), Duration.ofMinutes(5))
                .withFailoverTimeout(Duration.ofSeconds(1));
        try (ScriptedServer quic = new ScriptedServer(vertx, Kind.QUIC);
                DeafRelay relay = new DeafRelay(quic.uri().getPort());
                TokenClient several = TokenClients.connect(
                        vertx, List.of(URI.create("quic://localhost:" + relay.port()), second.uri()), patient)) {
            Recorder recorder = Recorder.of(several.generate(REQUEST)).request(Long.MAX_VALUE);
            send(quic.next(), ACCEPTED, token(1), token(2));
            assertEquals(ACCEPTED, recorder.event());
            assertEquals(token(1), recorder.event());
            assertEquals(token(2), recorder.event());
            relay.fallSilent();
            Peer next = second.next();
            assertEquals(List.of(101, 102), next.take().getGenerate().getGeneratedList());
            send(next, OTHERS, token(3), finished(4));
            assertEquals(token(3), recorder.event());
        }
    }

    @Test
    void aConnectionThatIsLostIsFirstResumedWhereItWas() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(Long.MAX_VALUE);
        startedOnTheFirst(recorder).dropConnection();
        ClientFrame resume = first.next().take();
        assertEquals("h-1", resume.getResume().getHandle());
    }

    @Test
    void aStreamThatWentOnElsewhereIsResumedThere() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(Long.MAX_VALUE);
        Peer peer = startedOnTheFirst(recorder);
        first.close();
        peer.dropConnection();
        Peer next = second.next();
        send(next, OTHERS, token(3));
        assertEquals(token(3), recorder.event());
        next.dropConnection();
        ClientFrame resume = second.next().take();
        assertEquals("h-2", resume.getResume().getHandle());
        assertEquals(3, resume.getResume().getLastEvent());
    }

    @Test
    void aServerThatHasForgottenTheStreamIsToldWhatWasReceived() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(Long.MAX_VALUE);
        startedOnTheFirst(recorder).dropConnection();
        Peer restarted = first.next();
        send(restarted, rejected(Rejection.of(ErrorCode.NOT_FOUND, "no such stream")));
        Generate anew = first.next().take().getGenerate();
        assertEquals(List.of(101, 102), anew.getGeneratedList());
    }

    @Test
    void aStreamThatANodeEndsBecauseItShutsDownGoesOnOnTheNext() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(Long.MAX_VALUE);
        Peer peer = startedOnTheFirst(recorder);
        send(peer, new TokenEvent.Finished(3, FinishReason.ERROR, "", new Usage(2, 2), Optional.of(DRAINS)));
        Peer next = second.next();
        assertEquals(List.of(101, 102), next.take().getGenerate().getGeneratedList());
        send(next, OTHERS, token(3), finished(4));
        assertEquals(token(3), recorder.event());
    }

    @Test
    void aRequestThatANodeRefusesBecauseItShutsDownGoesToTheNext() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(Long.MAX_VALUE);
        send(first.next(), rejected(DRAINS));
        Peer next = second.next();
        assertTrue(next.take().getGenerate().getGeneratedList().isEmpty());
        send(next, OTHERS, finished(1));
        assertEquals(OTHERS, recorder.event());
        Recorder.of(client.generate(REQUEST)).request(1);
        assertTrue(second.next().take().hasGenerate(), "later ones go there at once");
    }

    @Test
    void whereNobodyTakesARequestTheLastRefusalIsAnEvent() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(Long.MAX_VALUE);
        for (int attempt = 0; attempt <= RemoteClientTest.OPTIONS.maxAttempts(); attempt++) {
            send((attempt % 2 == 0 ? first : second).next(), rejected(DRAINS));
        }
        assertEquals(rejected(DRAINS), recorder.event());
        recorder.completes();
    }

    @Test
    void afterAnOverloadedServerTheNextOneIsAsked() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(Long.MAX_VALUE);
        startedOnTheFirst(recorder).dropConnection();
        send(first.next(), rejected(Rejection.overloaded("full", Duration.ofHours(1))));
        assertEquals(List.of(101, 102), second.next().take().getGenerate().getGeneratedList());
    }

    private Peer startedOnTheFirst(Recorder recorder) {
        Peer peer = first.next();
        peer.take();
        send(peer, ACCEPTED, token(1), token(2));
        assertEquals(ACCEPTED, recorder.event());
        recorder.token();
        recorder.token();
        return peer;
    }
}
