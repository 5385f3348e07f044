package io.millrace.client;

import static io.millrace.client.RemoteClientTest.OPTIONS;
import static io.millrace.client.Script.ACCEPTED;
import static io.millrace.client.Script.REQUEST;
import static io.millrace.client.Script.rejected;
import static io.millrace.client.Script.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.client.ScriptedServer.Kind;
import io.millrace.client.ScriptedServer.WebSocketPeer;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.net.URI;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What only a WebSocket has: channels and a subprotocol. */
class WebSocketClientTest {

    private static Vertx vertx;

    @BeforeAll
    static void startVertx() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stopVertx() {
        vertx.close().await();
    }

    @Test
    void eachGenerationHasAChannelFromOneOn() {
        try (ScriptedServer server = new ScriptedServer(vertx, Kind.WEBSOCKET);
                TokenClient client = TokenClients.connect(vertx, server.uri(), OPTIONS)) {
            for (int channel = 1; channel <= 3; channel++) {
                Recorder.of(client.generate(REQUEST)).request(1);
                assertEquals(channel, server.next().take().getChannel());
            }
        }
    }

    @Test
    void aRejectionOnChannelZeroFailsWhatIsOpenBecauseNobodyKnowsWhoseItIs() {
        try (ScriptedServer server = new ScriptedServer(vertx, Kind.WEBSOCKET);
                TokenClient client = TokenClients.connect(vertx, server.uri(), OPTIONS)) {
            Recorder recorder = Recorder.of(client.generate(REQUEST)).request(2);
            WebSocketPeer peer = (WebSocketPeer) server.next();
            send(peer, ACCEPTED);
            recorder.event();
            send(peer.onChannel(0), rejected(Rejection.of(ErrorCode.PROTOCOL_ERROR, "what was that")));
            assertTrue(recorder.fails(ProtocolException.class).getMessage().contains("what was that"));
        }
    }

    @Test
    void aServerThatDoesNotSpeakTheSubprotocolFailsTheStream() {
        HttpServer other = vertx.createHttpServer()
                .webSocketHandler(socket -> {})
                .listen(0, "127.0.0.1")
                .await();
        URI uri = URI.create("ws://localhost:" + other.actualPort());
        try (TokenClient client = TokenClients.connect(vertx, uri, OPTIONS)) {
            Recorder.of(client.generate(REQUEST)).request(1).fails(ConnectionLostException.class);
        }
        other.close().await();
    }
}
