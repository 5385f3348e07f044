package io.millrace.verticles.app.bench;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.client.ClientOptions;
import io.vertx.core.Vertx;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.core.net.NetServer;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What stands at the other end is mute, or not there. */
class ReachTest {
    private static final Asking ASKING = new Asking("", false, false);

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
    void aServerThatSaysNothingIsNamedOnEveryTransport() {
        NetServer mute = vertx.createNetServer()
                .connectHandler(socket -> {})
                .listen(0, "127.0.0.1")
                .await();
        DatagramSocket hole =
                vertx.createDatagramSocket().listen(0, "127.0.0.1").await();
        for (String scheme : List.of("ws", "grpc", "http")) {
            assertUnreachable(scheme + "://127.0.0.1:" + mute.actualPort());
        }
        String words =
                assertUnreachable("quic://127.0.0.1:" + hole.localAddress().port());
        assertTrue(words.contains("does UDP get there"), words);
        mute.close().await();
        hole.close().await();
    }

    @Test
    void aPortThatNobodyListensOnIsNamedOnEveryTransport() {
        for (String scheme : List.of("ws", "grpc", "http", "quic")) {
            assertUnreachable(scheme + "://127.0.0.1:1");
        }
    }

    private static String assertUnreachable(String url) {
        String message = assertThrows(
                        IOException.class, () -> Targets.of(URI.create(url), vertx, ClientOptions.DEFAULTS, ASKING, 1))
                .getMessage();
        assertTrue(message.contains(url), message);
        return message;
    }
}
