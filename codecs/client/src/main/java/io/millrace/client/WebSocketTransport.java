package io.millrace.client;

import io.millrace.wire.Decoded;
import io.millrace.wire.FrameType;
import io.millrace.wire.v1.Cancel;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.ServerFrame;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** One WebSocket, one channel of it per generation; binary messages. */
final class WebSocketTransport implements Transport {

    private static final String SUBPROTOCOL = "millrace.v1";

    private final Vertx vertx;
    private final WebSocketClient client;
    private final WebSocketConnectOptions server;
    private final ClientOptions options;
    private Future<Connection> connection;
    private volatile boolean closed;

    WebSocketTransport(Vertx vertx, URI server, ClientOptions options) {
        this.vertx = vertx;
        boolean tls = "wss".equals(server.getScheme());
        this.client = vertx.createWebSocketClient(new WebSocketClientOptions()
                .setMaxFrameSize(options.maxFrameBytes())
                .setMaxMessageSize(options.maxFrameBytes())
                .setReadIdleTimeout((int) options.idleTimeout().toMillis())
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS));
        this.server = new WebSocketConnectOptions()
                .setHost(server.getHost())
                .setPort(server.getPort())
                .setURI(server.getRawPath().isEmpty() ? "/" : server.getRawPath())
                .setSsl(tls)
                .setConnectTimeout(options.connectTimeout().toMillis())
                .addSubProtocol(SUBPROTOCOL);
        if (tls) {
            this.server.setSslOptions(Tls.of(options.trust()));
        }
        this.options = options;
    }

    @Override
    public Future<FrameChannel> open(Listener listener) {
        if (closed) {
            return Future.failedFuture("the client is closed");
        }
        if (connection == null || connection.failed()) {
            connection = new Connection().connect();
        }
        return connection.map(open -> open.channel(listener));
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

    private final class Connection {

        private final ClientWebSocket socket = client.webSocket();
        private final Map<Integer, Listener> channels = new HashMap<>();
        private int lastChannel;
        private long signsOfLife;

        Future<Connection> connect() {
            socket.binaryMessageHandler(this::message);
            socket.closeHandler(v -> gone());
            return socket.connect(server).compose(this::agreed);
        }

        private Future<Connection> agreed(WebSocket open) {
            if (SUBPROTOCOL.equals(open.subProtocol())) {
                signsOfLife = vertx.setPeriodic(options.signOfLifeMillis(), timer -> signOfLife());
                return Future.succeededFuture(this);
            }
            open.close();
            return Future.failedFuture("the server does not speak " + SUBPROTOCOL);
        }

        FrameChannel channel(Listener listener) {
            do {
                lastChannel = lastChannel == Integer.MAX_VALUE ? 1 : lastChannel + 1;
            } while (channels.putIfAbsent(lastChannel, listener) != null);
            return new Channel(this, lastChannel);
        }

        private void message(Buffer message) {
            switch (FrameType.SERVER.parse(message.getBytes(), options.maxFrameBytes())) {
                case Decoded.Value<ServerFrame> frame -> frame(frame.value());
                case Decoded.Malformed<ServerFrame> malformed ->
                    breakAll(malformed.rejection().message());
            }
        }

        /** A channel that is not open was cancelled: the rest of it is dropped. */
        private void frame(ServerFrame frame) {
            if (frame.getChannel() == 0) {
                breakAll("the server could not read a frame: "
                        + frame.getRejected().getError().getMessage());
            } else {
                Optional.ofNullable(channels.get(frame.getChannel())).ifPresent(listener -> listener.frame(frame));
            }
        }

        private void breakAll(String why) {
            List.copyOf(channels.values()).forEach(listener -> listener.broken(why));
            socket.close();
        }

        private void signOfLife() {
            if (!channels.isEmpty() && !socket.isClosed()) {
                socket.writePing(Buffer.buffer());
            }
        }

        private void gone() {
            vertx.cancelTimer(signsOfLife);
            if (connection != null && connection.result() == this) {
                connection = null;
            }
            ConnectionLostException cause = new ConnectionLostException("the WebSocket was closed", null);
            List.copyOf(channels.values()).forEach(listener -> listener.lost(cause));
        }
    }

    private record Channel(Connection connection, int number) implements FrameChannel {

        @Override
        public void send(ClientFrame frame) {
            if (!connection.socket.isClosed()) {
                byte[] bytes = frame.toBuilder().setChannel(number).build().toByteArray();
                connection.socket.writeBinaryMessage(Buffer.buffer(bytes));
            }
        }

        @Override
        public void finish() {
            connection.channels.remove(number);
        }

        @Override
        public void cancel() {
            if (connection.channels.remove(number) != null) {
                send(ClientFrame.newBuilder()
                        .setCancel(Cancel.getDefaultInstance())
                        .build());
            }
        }
    }
}
