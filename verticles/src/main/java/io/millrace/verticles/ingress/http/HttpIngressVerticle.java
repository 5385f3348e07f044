package io.millrace.verticles.ingress.http;

import io.millrace.api.Limits;
import io.millrace.verticles.ingress.ApiKeys;
import io.millrace.verticles.ingress.grpc.GrpcIngress;
import io.millrace.verticles.stream.Streams;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.SocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Listens for HTTP/1.1, HTTP/2 without TLS, WebSocket and gRPC on one port, which its instances share. */
public final class HttpIngressVerticle extends VerticleBase {
    /** Where WebSockets are taken in. */
    public static final String WEB_SOCKET_PATH = "/v1/stream";

    /** The wire protocol's version, as a subprotocol. A client that names none is taken in as well. */
    public static final String WEB_SOCKET_PROTOCOL = "millrace.v1";

    /**
     * What every instance is given.
     *
     * @param port        0 takes a free one, the same for all instances of a Vert.x
     * @param metrics     the text that {@code /metrics} answers; may take milliseconds
     * @param webSockets  gets each socket once its handshake is done; it asks for API keys itself
     * @param connections those of all instances together
     */
    public record Setup(
            String host,
            int port,
            Streams streams,
            ApiKeys keys,
            Limits limits,
            Supplier<String> metrics,
            Handler<ServerWebSocket> webSockets,
            InstantSource clock,
            AtomicInteger connections) {}

    private final Setup setup;
    private HttpServer server;

    public HttpIngressVerticle(Setup setup) {
        this.setup = setup;
    }

    @Override
    public Future<?> start() {
        ConnectionWatch watch = new ConnectionWatch(vertx, setup.limits(), setup.connections());
        HttpRoutes routes = new HttpRoutes(vertx, setup);
        server = vertx.createHttpServer(options());
        server.connectionHandler(watch::opened);
        GrpcIngress grpc = new GrpcIngress(vertx, setup.streams(), setup.keys(), setup.limits(), watch::requestEnded);
        server.requestHandler(request -> {
            if (GrpcIngress.takes(request)) {
                if (GrpcIngress.tellsItsEnd(request)) {
                    watch.requestBegan(request.connection());
                }
                grpc.handle(request);
            } else {
                watch.began(request);
                routes.handle(request);
            }
        });
        server.webSocketHandshakeHandler(handshake -> {
            if (WEB_SOCKET_PATH.equals(handshake.path())) {
                watch.upgraded(handshake.remoteAddress());
                handshake.accept();
            } else {
                handshake.reject(404);
            }
        });
        server.webSocketHandler(setup.webSockets());
        return server.listen(address());
    }

    @Override
    public Future<?> stop() {
        return server.close();
    }

    /** Where it listens; there once deployed. */
    public int port() {
        return server.actualPort();
    }

    /** With port 0 as it stands, each instance would bind a port of its own. */
    private SocketAddress address() {
        return setup.port() == 0
                ? SocketAddress.sharedRandomPort(1, setup.host())
                : SocketAddress.inetSocketAddress(setup.port(), setup.host());
    }

    /**
     * No compression: it would hold tokens back, and what a WebSocket message inflates to has no bound. No idle timeout:
     * Vert.x's also ends requests that wait for their answer; see {@link ConnectionWatch}.
     */
    private HttpServerOptions options() {
        Limits limits = setup.limits();
        return new HttpServerOptions()
                .setInitialSettings(new Http2Settings().setMaxConcurrentStreams(limits.maxStreamsPerConnection()))
                .setHttp2RstFloodMaxRstFramePerWindow(limits.maxResetsPerConnection())
                .setHttp2RstFloodWindowDuration(1)
                .setHttp2RstFloodWindowDurationTimeUnit(TimeUnit.SECONDS)
                .setWebSocketSubProtocols(List.of(WEB_SOCKET_PROTOCOL))
                .setMaxWebSocketFrameSize(limits.maxFrameBytes())
                .setMaxWebSocketMessageSize(limits.maxFrameBytes())
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false);
    }
}
