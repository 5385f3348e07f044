package io.millrace.verticles.app;

import io.millrace.api.Limits;
import io.millrace.verticles.app.config.NodeConfig;
import io.millrace.verticles.app.config.Tls;
import io.millrace.verticles.ingress.ApiKeys;
import io.millrace.verticles.ingress.BearerKey;
import io.millrace.verticles.ingress.HashedKeys;
import io.millrace.verticles.ingress.http.HttpIngressVerticle;
import io.millrace.verticles.ingress.quic.NodeKeys;
import io.millrace.verticles.ingress.quic.QuicIngressVerticle;
import io.millrace.verticles.ingress.ws.WsIngressConnection;
import io.millrace.verticles.stream.Streams;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** What the configuration means for the ingresses. Reading keys and certificates blocks. */
final class IngressSetups {
    private final String host;
    private final Limits limits;
    private final Streams streams;
    private final Supplier<String> metrics;
    private final ApiKeys apiKeys;
    private final KeyCertOptions certificate;
    private final KeyCertOptions quicToken;
    private final AtomicInteger httpConnections = new AtomicInteger();
    private final AtomicInteger quicConnections = new AtomicInteger();

    IngressSetups(NodeConfig config, NodeKeys keys, Streams streams, Supplier<String> metrics) throws IOException {
        this.host = config.host();
        this.limits = config.limits();
        this.streams = streams;
        this.metrics = metrics;
        this.apiKeys = config.apiKeysFile().isEmpty()
                ? ApiKeys.OPEN
                : HashedKeys.read(config.apiKeysFile().get());
        this.certificate = certificate(config.tls(), keys);
        this.quicToken = keys.quicToken();
    }

    private static KeyCertOptions certificate(Tls tls, NodeKeys keys) throws IOException {
        return tls.certificate().isEmpty()
                ? keys.localhost()
                : new PemKeyCertOptions()
                        .setCertPath(tls.certificate().get().toString())
                        .setKeyPath(tls.key().orElseThrow().toString());
    }

    QuicIngressVerticle.Setup quic(int port) {
        return new QuicIngressVerticle.Setup(
                host, port, certificate, quicToken, streams, apiKeys, limits, quicConnections);
    }

    HttpIngressVerticle.Setup http(int port) {
        return new HttpIngressVerticle.Setup(
                host,
                port,
                streams,
                apiKeys,
                limits,
                metrics,
                this::webSocket,
                InstantSource.system(),
                httpConnections);
    }

    private void webSocket(ServerWebSocket socket) {
        WsIngressConnection.accept(
                socket, new WsIngressConnection.Setup(streams, apiKeys, limits), BearerKey.of(socket.headers()));
    }
}
