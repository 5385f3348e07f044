package io.millrace.verticles.ingress.http;

import io.millrace.api.Limits;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.SocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Closes connections over {@code Limits.maxConnections} at once, and others when they have carried no request for
 * {@code Limits.idleTimeout}. One instance's, owned by its event loop.
 *
 * <p>A WebSocket's handshake does not tell its connection, so they are known by their peer's address.
 */
final class ConnectionWatch {

    /** One connection: its requests without a complete answer, and the timer that runs while there are none. */
    private static final class Watched {
        private final HttpConnection connection;
        private int requests;
        private long timer;

        Watched(HttpConnection connection) {
            this.connection = connection;
        }
    }

    private final Vertx vertx;
    private final Limits limits;
    private final AtomicInteger count;
    private final Map<SocketAddress, Watched> open = new HashMap<>();

    ConnectionWatch(Vertx vertx, Limits limits, AtomicInteger count) {
        this.vertx = vertx;
        this.limits = limits;
        this.count = count;
    }

    void opened(HttpConnection connection) {
        boolean tooMany = count.incrementAndGet() > limits.maxConnections();
        Watched watched = new Watched(connection);
        open.put(connection.remoteAddress(), watched);
        connection.closeHandler(nothing -> {
            count.decrementAndGet();
            open.remove(connection.remoteAddress(), watched);
            vertx.cancelTimer(watched.timer);
        });
        if (tooMany) {
            connection.close();
        } else {
            wait(watched);
        }
    }

    void began(HttpServerRequest request) {
        HttpConnection connection = request.connection();
        requestBegan(connection);
        HttpServerResponse response = request.response();
        response.endHandler(nothing -> requestEnded(connection));
        response.exceptionHandler(failure -> requestEnded(connection));
    }

    /** For a request whose handlers are another's; it must be followed by {@link #requestEnded}. */
    void requestBegan(HttpConnection connection) {
        Optional.ofNullable(open.get(connection.remoteAddress())).ifPresent(watched -> {
            vertx.cancelTimer(watched.timer);
            watched.requests++;
        });
    }

    void requestEnded(HttpConnection connection) {
        Optional.ofNullable(open.get(connection.remoteAddress())).ifPresent(watched -> {
            if (--watched.requests == 0) {
                wait(watched);
            }
        });
    }

    /** From now on the WebSocket's own rules hold. */
    void upgraded(SocketAddress peer) {
        Optional.ofNullable(open.get(peer)).ifPresent(watched -> vertx.cancelTimer(watched.timer));
    }

    private void wait(Watched watched) {
        watched.timer = vertx.setTimer(limits.idleTimeout().toMillis(), id -> watched.connection.close());
    }
}
