package io.millrace.verticles.ingress.quic;

import io.millrace.api.ErrorCode;
import io.millrace.verticles.ingress.FaultRate;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.QuicConnection;
import io.vertx.core.net.QuicConnectionClose;
import io.vertx.core.net.QuicStream;

/** One client's connection: counts it, and the streams it resets. */
final class QuicIngressConnection {
    private final QuicConnection connection;
    private final QuicIngressVerticle.Setup setup;
    private final FaultRate resets;

    private QuicIngressConnection(QuicConnection connection, QuicIngressVerticle.Setup setup) {
        this.connection = connection;
        this.setup = setup;
        this.resets = new FaultRate(setup.limits().maxResetsPerConnection());
    }

    static void accept(QuicConnection connection, QuicIngressVerticle.Setup setup) {
        int count = setup.connections().incrementAndGet();
        connection.closeHandler(nothing -> setup.connections().decrementAndGet());
        QuicIngressConnection self = new QuicIngressConnection(connection, setup);
        if (count <= setup.limits().maxConnections()) {
            connection.streamHandler(self::stream);
        } else {
            self.close(ErrorCode.OVERLOADED, "the node has its maximum of connections");
        }
    }

    private void stream(QuicStream stream) {
        new QuicIngressStream(stream, setup, this::countReset).open();
    }

    private void countReset() {
        if (resets.exceeded()) {
            close(ErrorCode.PROTOCOL_ERROR, "too many streams were reset");
        }
    }

    private void close(ErrorCode code, String reason) {
        connection.close(
                new QuicConnectionClose().setError((int) code.quicCode()).setReason(Buffer.buffer(reason)));
    }
}
