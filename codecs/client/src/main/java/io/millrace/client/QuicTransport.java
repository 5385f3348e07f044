package io.millrace.client;

import io.millrace.api.ErrorCode;
import io.millrace.wire.Decoded;
import io.millrace.wire.FrameDecoder;
import io.millrace.wire.FrameEncoder;
import io.millrace.wire.FrameType;
import io.millrace.wire.v1.Cancel;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.Credit;
import io.millrace.wire.v1.ServerFrame;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.QuicClient;
import io.vertx.core.net.QuicClientConfig;
import io.vertx.core.net.QuicConnection;
import io.vertx.core.net.QuicStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** One QUIC connection, one bidirectional stream per generation. */
final class QuicTransport implements Transport {

    private static final int CANCELLED = (int) ErrorCode.CANCELLED.quicCode();

    /** A server ignores it: nothing else that this library can send makes the other side's QUIC answer. */
    private static final ClientFrame SIGN_OF_LIFE =
            ClientFrame.newBuilder().setCredit(Credit.getDefaultInstance()).build();

    private final Vertx vertx;
    private final QuicClient client;
    private final String host;
    private final int port;
    private final ClientOptions options;
    private Future<Connection> connection;
    private volatile boolean closed;

    QuicTransport(Vertx vertx, String host, int port, ClientOptions options) {
        this.vertx = vertx;
        QuicClientConfig config = new QuicClientConfig().setConnectTimeout(options.connectTimeout());
        config.getTransportConfig().setMaxIdleTimeout(options.idleTimeout());
        this.client = vertx.createQuicClient(
                config, Tls.of(options.trust()).setApplicationLayerProtocols(List.of("millrace/1")));
        this.host = host;
        this.port = port;
        this.options = options;
    }

    @Override
    public Future<FrameChannel> open(Listener listener) {
        if (closed) {
            return Future.failedFuture("the client is closed");
        }
        if (connection == null || connection.failed()) {
            connection = client.connect(port, host).map(Connection::new);
        }
        return connection.compose(open -> open.stream(listener));
    }

    @Override
    public Future<Void> close() {
        closed = true;
        return client.close();
    }

    @Override
    public boolean closed() {
        return closed;
    }

    /** Tells its streams when it is gone: a stream's own close handler cannot be relied on for that. */
    private final class Connection {

        private final QuicConnection quic;
        private final Set<Stream> streams = new HashSet<>();
        private final long signsOfLife;

        Connection(QuicConnection quic) {
            this.quic = quic;
            quic.closeHandler(v -> gone());
            signsOfLife = vertx.setPeriodic(options.signOfLifeMillis(), timer -> signOfLife());
        }

        Future<FrameChannel> stream(Listener listener) {
            return quic.openStream().map(stream -> new Stream(this, stream, listener));
        }

        /** One stream's is enough for the connection. */
        private void signOfLife() {
            streams.stream().findAny().ifPresent(stream -> stream.send(SIGN_OF_LIFE));
        }

        private void gone() {
            vertx.cancelTimer(signsOfLife);
            if (connection != null && connection.result() == this) {
                connection = null;
            }
            new ArrayList<>(streams).forEach(stream -> stream.lost("the connection was closed"));
        }
    }

    private final class Stream implements FrameChannel {

        private final Connection connection;
        private final QuicStream quic;
        private final Listener listener;
        private final FrameDecoder<ServerFrame> decoder = new FrameDecoder<>(FrameType.SERVER, options.maxFrameBytes());

        Stream(Connection connection, QuicStream quic, Listener listener) {
            this.connection = connection;
            this.quic = quic;
            this.listener = listener;
            connection.streams.add(this);
            quic.resetHandler(this::reset)
                    .exceptionHandler(e -> lost("the stream failed: " + e.getMessage()))
                    .closeHandler(v -> lost("the stream was closed"))
                    .endHandler(v -> lost("the stream ended without a terminal frame"))
                    .handler(bytes -> decoder.push(bytes.getBytes(), this::decoded));
        }

        /** A failed write is no news: the server may have stopped reading and still answer, or the read side tells. */
        @Override
        public void send(ClientFrame frame) {
            quic.write(Buffer.buffer(FrameEncoder.encode(frame)));
        }

        @Override
        public void finish() {
            if (connection.streams.remove(this)) {
                quic.end();
            }
        }

        @Override
        public void cancel() {
            if (connection.streams.remove(this)) {
                byte[] cancel = FrameEncoder.encode(ClientFrame.newBuilder()
                        .setCancel(Cancel.getDefaultInstance())
                        .build());
                quic.write(Buffer.buffer(cancel)).onComplete(written -> {
                    quic.reset(CANCELLED);
                    quic.abort(CANCELLED);
                });
            }
        }

        private void decoded(Decoded<ServerFrame> decoded) {
            switch (decoded) {
                case Decoded.Value<ServerFrame> frame -> listener.frame(frame.value());
                case Decoded.Malformed<ServerFrame> malformed ->
                    listener.broken(malformed.rejection().message());
            }
        }

        private void reset(long code) {
            if (code == CANCELLED) {
                listener.broken("the server cancelled the stream: it was resumed elsewhere");
            } else {
                lost("the server reset the stream with code 0x" + Long.toHexString(code));
            }
        }

        /** After the terminal frame these are no news. */
        private void lost(String why) {
            if (connection.streams.contains(this)) {
                listener.lost(new ConnectionLostException(why, null));
            }
        }
    }
}
