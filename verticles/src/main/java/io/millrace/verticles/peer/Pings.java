package io.millrace.verticles.peer;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import java.time.Duration;

/**
 * Closes a connection between nodes whose other end does not answer any more: where the network is cut nobody is told, and
 * TCP goes on trying for minutes. Its streams break then: the ingress node goes on elsewhere, the computing one frees the slot.
 * Owned by the connection's context.
 */
final class Pings {
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    /** Unanswered in a row. Counted, not timed: a node that stood still itself has not read the answers yet. */
    private static final int MOST = 3;

    private final HttpConnection connection;
    private int unanswered;

    private Pings(HttpConnection connection) {
        this.connection = connection;
    }

    static void watch(Vertx vertx, HttpConnection connection) {
        Pings pings = new Pings(connection);
        long timer = vertx.setPeriodic(INTERVAL.toMillis(), tick -> pings.tick());
        connection.closeHandler(closed -> vertx.cancelTimer(timer));
    }

    private void tick() {
        if (unanswered == MOST) {
            connection.close();
            return;
        }
        unanswered++;
        connection.ping(Buffer.buffer(new byte[Long.BYTES])).onSuccess(pong -> unanswered = 0);
    }
}
