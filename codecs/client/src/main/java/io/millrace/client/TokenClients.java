package io.millrace.client;

import io.millrace.api.TokenSource;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.List;

/** Where clients come from. */
public final class TokenClients {

    private TokenClients() {}

    /**
     * A client of a server. It connects at the first subscription, and again whenever that is needed. All its streams share
     * one connection and one event loop: the one of the calling context, or a new one.
     *
     * @param server {@code quic://host:port}, {@code ws://host:port/path} and {@code wss} likewise, or {@code grpc://host:port}
     *               and with TLS {@code grpcs}
     * @throws IllegalArgumentException for another scheme, or without host or port
     */
    public static TokenClient connect(Vertx vertx, URI server, ClientOptions options) {
        return connect(vertx, List.of(server), options);
    }

    /**
     * A client of the nodes of a cluster, which uses one of them as long as that serves. A stream whose node is gone goes on on
     * the next, from the tokens received, without gap or repeat; so does one that a node ends because it shuts down. A node that
     * falls silent is missed after {@link ClientOptions#failoverTimeout}.
     *
     * @param servers best first; those of one cluster, since they must serve the same model
     * @throws IllegalArgumentException as for one server, or without any
     */
    public static TokenClient connect(Vertx vertx, List<URI> servers, ClientOptions options) {
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("need at least one server");
        }
        ClientOptions own = servers.size() > 1 ? options.ofSeveralServers() : options;
        return new RemoteClient(
                vertx,
                new Servers(servers.stream()
                        .map(server -> transport(vertx, server, own))
                        .toList()),
                own);
    }

    private static Transport transport(Vertx vertx, URI server, ClientOptions options) {
        if (server.getHost() == null || server.getPort() < 0) {
            throw new IllegalArgumentException("need scheme://host:port, not " + server);
        }
        return switch (String.valueOf(server.getScheme())) {
            case "quic" -> new QuicTransport(vertx, server.getHost(), server.getPort(), options);
            case "ws", "wss" -> new WebSocketTransport(vertx, server, options);
            case "grpc", "grpcs" -> new GrpcTransport(vertx, server, options);
            default -> throw new IllegalArgumentException("need quic, ws, wss, grpc or grpcs, not " + server);
        };
    }

    /** A client of a node in the same program: no connection, so nothing to lose or to resume from. */
    public static TokenClient inProcess(TokenSource source) {
        return new InProcessClient(source);
    }
}
