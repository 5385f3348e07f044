package io.millrace.client;

import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.ServerFrame;
import io.vertx.core.Future;

/**
 * Carries frames over one connection at a time, which it makes when it is needed. All calls come on one context.
 *
 * <p>While something is open a connection gives a sign of life every third of {@code idleTimeout}; one that brings
 * nothing for all of it counts as lost.
 */
interface Transport {

    /** Opens a way for the frames of one generation; connects first where that is needed. */
    Future<FrameChannel> open(Listener listener);

    /** For good: later calls of {@link #open} fail. */
    Future<Void> close();

    boolean closed();

    /** A QUIC stream, one channel of a WebSocket, or a gRPC call. */
    interface FrameChannel {

        void send(ClientFrame frame);

        /** The terminal frame came: frees what the channel holds. */
        void finish();

        /** Cancels the generation and reads no more. */
        void cancel();
    }

    /** Told on the client's context; nothing comes after {@code lost} or {@code broken}. */
    interface Listener {

        void frame(ServerFrame frame);

        /** The connection or the stream ended: the generation may go on over another. */
        void lost(Throwable cause);

        /** What came makes no sense, or the stream is another client's now: going on is no use. */
        void broken(String why);
    }
}
