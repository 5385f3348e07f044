package io.millrace.verticles.peer.stage;

import io.millrace.api.Limits;
import io.millrace.peer.stage.StageReply;
import io.millrace.peer.stage.StageRequest;
import io.millrace.verticles.peer.NodeIdentity;
import io.millrace.verticles.worker.StagePipeline;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Promise;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.Optional;

/** Computes one stage for one head at a time: a gRPC server that shows and wants a certificate of the nodes' authority. */
public final class StageServiceVerticle extends AbstractVerticle {
    private final Setup setup;
    private Optional<StageSession> head = Optional.empty();
    private HttpServer server;

    /**
     * @param address     to listen on; port 0 takes a free one
     * @param description of the loaded stage, for the head's log
     * @param pipeline    the stage
     * @param onLost      called once, on a worker's thread, when the stage has broken for good
     */
    public record Setup(
            SocketAddress address,
            NodeIdentity identity,
            StageTerms terms,
            String description,
            StagePipeline pipeline,
            Limits limits,
            Runnable onLost) {}

    public StageServiceVerticle(Setup setup) {
        this.setup = setup;
    }

    @Override
    public void start(Promise<Void> started) {
        GrpcServer grpc = GrpcServer.server(
                vertx, new GrpcServerOptions().setMaxMessageSize(StageMessages.mostBytes(setup.terms())));
        grpc.callHandler(StageMessages.SERVED, this::serve);
        server = vertx.createHttpServer(new HttpServerOptions()
                .setSsl(true)
                .setUseAlpn(true)
                .setKeyCertOptions(setup.identity().keyCert())
                .setTrustOptions(setup.identity().trust())
                .setClientAuth(ClientAuth.REQUIRED)
                .setHttp2ConnectionWindowSize(StageMessages.WINDOW_BYTES)
                .setInitialSettings(new Http2Settings().setInitialWindowSize(StageMessages.WINDOW_BYTES)));
        server.requestHandler(grpc).listen(setup.address()).<Void>mapEmpty().onComplete(started);
    }

    /** There once the verticle is deployed. */
    public int port() {
        return server.actualPort();
    }

    private void serve(GrpcServerRequest<StageRequest, StageReply> request) {
        new StageSession(vertx, setup, request, this::takes, this::over);
    }

    /** Two heads would write over each other's cache. */
    private boolean takes(StageSession session) {
        if (head.isPresent()) {
            return false;
        }
        head = Optional.of(session);
        return true;
    }

    private void over(StageSession session) {
        head = head.filter(current -> current != session);
    }
}
