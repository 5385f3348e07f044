package io.millrace.client;

import static io.millrace.client.RemoteClientTest.OPTIONS;
import static io.millrace.client.Script.ACCEPTED;
import static io.millrace.client.Script.REQUEST;
import static io.millrace.client.Script.finished;
import static io.millrace.client.Script.send;
import static io.millrace.client.Script.token;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.client.ScriptedServer.GrpcPeer;
import io.millrace.client.ScriptedServer.Kind;
import io.vertx.core.Vertx;
import io.vertx.grpc.common.GrpcStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What only gRPC has: statuses and resets of single calls. */
class GrpcClientTest {

    private static Vertx vertx;

    private ScriptedServer server;
    private TokenClient client;
    private GrpcPeer peer;

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
        server = new ScriptedServer(vertx, Kind.GRPC);
        client = TokenClients.connect(vertx, server.uri(), OPTIONS);
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void aCallThatEndsWithoutATerminalFrameIsResumed() {
        Recorder recorder = accepted();
        peer.call().response().status(GrpcStatus.UNAVAILABLE).end();
        Peer second = server.next();
        assertEquals("h-1", second.take().getResume().getHandle());
        send(second, ACCEPTED, finished(2));
        assertEquals(finished(2), recorder.event());
        recorder.completes();
    }

    @Test
    void aStreamThatAnotherClientTookOverIsLeftToIt() {
        Recorder recorder = accepted();
        peer.call().response().cancel();
        assertTrue(recorder.fails(ProtocolException.class).getMessage().contains("resumed elsewhere"));
    }

    @Test
    void aServerWithoutTheMethodIsNotAskedAgain() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(1);
        ((GrpcPeer) server.next())
                .call()
                .response()
                .status(GrpcStatus.UNIMPLEMENTED)
                .end();
        assertTrue(recorder.fails(ProtocolException.class).getMessage().contains("Streams/Exchange"));
    }

    private Recorder accepted() {
        Recorder recorder = Recorder.of(client.generate(REQUEST)).request(Long.MAX_VALUE);
        peer = (GrpcPeer) server.next();
        send(peer, ACCEPTED, token(1));
        assertEquals(ACCEPTED, recorder.event());
        assertEquals(token(1), recorder.event());
        return recorder;
    }
}
