package io.millrace.verticles.ingress.quic;

import io.millrace.api.Limits;
import io.millrace.verticles.ingress.ApiKeys;
import io.millrace.verticles.stream.Streams;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.QuicClientAddressValidation;
import io.vertx.core.net.QuicConfig;
import io.vertx.core.net.QuicServer;
import io.vertx.core.net.QuicServerConfig;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens for QUIC. Several instances share the UDP port; all connections of one client socket land on one of them. */
public final class QuicIngressVerticle extends VerticleBase {
    public static final String ALPN = "millrace/1";

    private static final Logger LOG = LoggerFactory.getLogger(QuicIngressVerticle.class);
    /** How long a token that proves a client's address is good, at least; twice as long at most. */
    private static final Duration TOKEN_WINDOW = Duration.ofSeconds(30);

    /**
     * What every instance is given.
     *
     * @param tokenKey    a key store with an HMAC key: see {@link NodeKeys}
     * @param connections those of all instances together
     */
    public record Setup(
            String host,
            int port,
            KeyCertOptions certificate,
            KeyCertOptions tokenKey,
            Streams streams,
            ApiKeys keys,
            Limits limits,
            AtomicInteger connections) {}

    private final Setup setup;
    private QuicServer server;
    private SocketAddress address;

    public QuicIngressVerticle(Setup setup) {
        this.setup = setup;
    }

    @Override
    public Future<?> start() {
        ServerSSLOptions ssl = new ServerSSLOptions()
                .setKeyCertOptions(setup.certificate())
                .setApplicationLayerProtocols(List.of(ALPN));
        server = vertx.createQuicServer(serverConfig(), ssl);
        server.connectHandler(connection -> QuicIngressConnection.accept(connection, setup));
        server.exceptionHandler(failure -> LOG.debug("a QUIC connection failed before it was one", failure));
        return server.listen().onSuccess(bound -> address = bound);
    }

    @Override
    public Future<?> stop() {
        return server.close();
    }

    /** Where it listens; there once deployed. */
    public SocketAddress address() {
        return address;
    }

    /**
     * CRYPTO, because Vert.x's default lets an attacker forge address tokens. {@code QuicConfig.forServer()}, because
     * {@code new QuicConfig()} has windows of zero, and nothing that a client writes ever arrives.
     */
    private QuicServerConfig serverConfig() {
        Limits limits = setup.limits();
        QuicConfig transport = QuicConfig.forServer()
                .setInitialMaxStreamsBidi(limits.maxStreamsPerConnection())
                .setInitialMaxStreamsUni(0)
                .setMaxIdleTimeout(limits.idleTimeout());
        QuicServerConfig config = new QuicServerConfig();
        config.setTransportConfig(transport);
        return config.setHost(setup.host())
                .setPort(setup.port())
                .setLoadBalanced(true)
                .setClientAddressValidation(QuicClientAddressValidation.CRYPTO)
                .setClientAddressValidationKey(setup.tokenKey())
                .setClientAddressValidationTimeWindow(TOKEN_WINDOW);
    }
}
