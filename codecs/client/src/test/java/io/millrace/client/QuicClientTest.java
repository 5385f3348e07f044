package io.millrace.client;

import static io.millrace.client.RemoteClientTest.OPTIONS;
import static io.millrace.client.Script.ACCEPTED;
import static io.millrace.client.Script.REQUEST;
import static io.millrace.client.Script.finished;
import static io.millrace.client.Script.send;
import static io.millrace.client.Script.token;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.client.ClientOptions.Trust;
import io.millrace.client.ScriptedServer.Kind;
import io.millrace.client.ScriptedServer.QuicPeer;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What only QUIC has: streams that end or are reset alone, and certificates. */
class QuicClientTest {

    private static Vertx vertx;
    private ScriptedServer server;
    private TokenClient client;
    private QuicPeer lastPeer;

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
        server = new ScriptedServer(vertx, Kind.QUIC);
        client = TokenClients.connect(vertx, server.uri(), OPTIONS);
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void aStreamThatEndsWithoutATerminalFrameIsResumedOnTheSameConnection() {
        Recorder recorder = accepted();
        QuicPeer first = lastPeer;
        first.stream().end();
        QuicPeer second = (QuicPeer) server.next();
        assertEquals("h-1", second.take().getResume().getHandle());
        assertEquals(first.stream().connection(), second.stream().connection());
        send(second, ACCEPTED, finished(2));
        assertEquals(finished(2), recorder.event());
        recorder.completes();
    }

    @Test
    void aStreamResetByAFailingServerIsResumed() {
        Recorder recorder = accepted();
        lastPeer.stream().reset((int) ErrorCode.UNAVAILABLE.quicCode());
        Peer second = server.next();
        send(second, ACCEPTED, finished(2));
        assertEquals(finished(2), recorder.event());
        recorder.completes();
    }

    @Test
    void aStreamThatAnotherClientTookOverIsLeftToIt() {
        Recorder recorder = accepted();
        lastPeer.stream().reset((int) ErrorCode.CANCELLED.quicCode());
        assertTrue(recorder.fails(ProtocolException.class).getMessage().contains("resumed elsewhere"));
    }

    @Test
    void aCertificateThatIsNotTrustedFailsTheStream() {
        for (Trust trust :
                new Trust[] {new Trust.System(), new Trust.Pem(Path.of("src/test/resources/other-cert.pem"))}) {
            try (TokenClient careful = TokenClients.connect(vertx, server.uri(), OPTIONS.withTrust(trust))) {
                Recorder recorder = Recorder.of(careful.generate(REQUEST)).request(1);
                recorder.fails(ConnectionLostException.class);
            }
        }
    }

    @Test
    void anAddressWorksWhereTheCertificateNamesIt() {
        URI numeric = URI.create("quic://127.0.0.1:" + server.uri().getPort());
        try (TokenClient byAddress = TokenClients.connect(vertx, numeric, OPTIONS)) {
            Recorder recorder = Recorder.of(byAddress.generate(REQUEST)).request(1);
            send(server.next(), ACCEPTED);
            assertEquals(ACCEPTED, recorder.event());
        }
    }

    @Test
    void trustInEverythingTakesAnyCertificate() {
        try (TokenClient careless =
                TokenClients.connect(vertx, server.uri(), OPTIONS.withTrust(new Trust.Everything()))) {
            Recorder recorder = Recorder.of(careless.generate(REQUEST)).request(1);
            send(server.next(), ACCEPTED);
            assertEquals(ACCEPTED, recorder.event());
        }
    }

    private Recorder accepted() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(Long.MAX_VALUE);
        lastPeer = (QuicPeer) server.next();
        send(lastPeer, ACCEPTED, token(1));
        assertEquals(ACCEPTED, recorder.event());
        assertEquals(token(1), recorder.event());
        return recorder;
    }
}
