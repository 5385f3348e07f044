package io.millrace.verticles.testing;

import io.millrace.client.ClientOptions;
import io.millrace.client.TokenClient;
import io.millrace.client.TokenClients;
import io.millrace.verticles.ingress.ApiKeys;
import io.millrace.verticles.ingress.quic.NodeKeys;
import io.millrace.verticles.ingress.quic.QuicIngressVerticle;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.QuicClient;
import io.vertx.core.net.QuicClientConfig;
import io.vertx.core.net.QuicConnection;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A QUIC ingress before a replica, and clients of it with a Vert.x of their own. */
public final class QuicFront implements AutoCloseable {
    private final Vertx clientVertx = Vertx.vertx();
    private final Path pem;
    private final int port;

    public QuicFront(TestReplica replica, Path keyFolder) throws IOException {
        NodeKeys keys = new NodeKeys(keyFolder);
        pem = keys.localhostPem();
        QuicIngressVerticle verticle = new QuicIngressVerticle(new QuicIngressVerticle.Setup(
                "127.0.0.1",
                0,
                keys.localhost(),
                keys.quicToken(),
                replica.streams,
                ApiKeys.OPEN,
                replica.limits,
                new AtomicInteger()));
        TestReplica.await(replica.vertx.deployVerticle(verticle));
        port = verticle.address().port();
    }

    public int port() {
        return port;
    }

    public TokenClient client() {
        ClientOptions options = ClientOptions.DEFAULTS
                .withTrust(new ClientOptions.Trust.Pem(pem))
                .withRetries(20, Duration.ofMillis(5), Duration.ofMillis(50), 1);
        return TokenClients.connect(clientVertx, URI.create("quic://localhost:" + port), options);
    }

    /** A connection to write to byte by byte. All calls on it belong on its context: see {@link #onClientLoop}. */
    public QuicConnection connect() {
        ClientSSLOptions ssl = new ClientSSLOptions()
                .setTrustOptions(new PemTrustOptions().addCertPath(pem.toString()))
                .setHostnameVerificationAlgorithm("")
                .setApplicationLayerProtocols(List.of(QuicIngressVerticle.ALPN));
        QuicClient client = clientVertx.createQuicClient(new QuicClientConfig(), ssl);
        return TestReplica.await(client.connect(SocketAddress.inetSocketAddress(port, "127.0.0.1")));
    }

    public <T> Future<T> onClientLoop(Supplier<Future<T>> action) {
        Promise<T> promise = Promise.promise();
        clientVertx.runOnContext(nothing -> action.get().onComplete(promise));
        return promise.future();
    }

    @Override
    public void close() {
        TestReplica.await(clientVertx.close());
    }
}
