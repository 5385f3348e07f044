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
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    void aServerThatFellSilentCountsAsLost() {
        NetServer mute = vertx.createNetServer()
                .connectHandler(socket -> socket.handler(bytes -> shakeHands(socket, bytes.toString())))
                .listen(0, "127.0.0.1")
                .await();
        ClientOptions hasty = OPTIONS.withTimeouts(Duration.ofSeconds(10), Duration.ofMillis(200));
        try (TokenClient client =
                TokenClients.connect(vertx, URI.create("ws://localhost:" + mute.actualPort()), hasty)) {
            Recorder.of(client.generate(REQUEST)).request(1).fails(ConnectionLostException.class);
        }
        mute.close().await();
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

    /** RFC 6455, section 4.2.2; whatever comes after it is not answered. */
    private static void shakeHands(NetSocket socket, String request) {
        Matcher key = Pattern.compile("(?i)sec-websocket-key: (\\S+)").matcher(request);
        if (key.find()) {
            socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Protocol: millrace.v1\r\nSec-WebSocket-Accept: "
                    + sha1(key.group(1) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11") + "\r\n\r\n");
        }
    }

    private static String sha1(String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder().encodeToString(digest.digest(text.getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
