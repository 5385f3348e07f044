package io.millrace.client;

import io.millrace.wire.Decoded;
import io.millrace.wire.FrameDecoder;
import io.millrace.wire.FrameEncoder;
import io.millrace.wire.FrameType;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.ServerFrame;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.QuicServer;
import io.vertx.core.net.QuicServerConfig;
import io.vertx.core.net.QuicStream;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerRequest;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A server that does what the test says: every attachment of a client comes out as a {@link Peer}. */
final class ScriptedServer implements AutoCloseable {

    enum Kind {
        QUIC,
        WEBSOCKET,
        SECURE_WEBSOCKET,
        GRPC,
        SECURE_GRPC
    }

    private static final int MAX_FRAME_BYTES = 100_000;

    private final BlockingQueue<Peer> peers = new LinkedBlockingQueue<>();
    private final URI uri;
    private final Runnable close;

    ScriptedServer(Vertx vertx, Kind kind) {
        if (kind == Kind.QUIC) {
            QuicServer server = quic(vertx);
            uri = URI.create("quic://localhost:" + server.listen().await().port());
            close = () -> server.close().await();
        } else if (kind == Kind.GRPC || kind == Kind.SECURE_GRPC) {
            HttpServer server = grpc(vertx, kind == Kind.SECURE_GRPC);
            String scheme = kind == Kind.SECURE_GRPC ? "grpcs" : "grpc";
            uri = URI.create(scheme + "://localhost:" + server.listen().await().actualPort());
            close = () -> server.close().await();
        } else {
            HttpServer server = webSocket(vertx, kind == Kind.SECURE_WEBSOCKET);
            String scheme = kind == Kind.SECURE_WEBSOCKET ? "wss" : "ws";
            uri = URI.create(scheme + "://localhost:" + server.listen().await().actualPort() + "/v1/stream");
            close = () -> server.close().await();
        }
    }

    URI uri() {
        return uri;
    }

    /** The next attachment, once its first frame came. */
    Peer next() {
        return Peer.await(peers);
    }

    @Override
    public void close() {
        close.run();
    }

    private QuicServer quic(Vertx vertx) {
        ServerSSLOptions tls = new ServerSSLOptions()
                .setKeyCertOptions(certificate())
                .setApplicationLayerProtocols(List.of("millrace/1"));
        return vertx.createQuicServer(
                        new QuicServerConfig().setHost("127.0.0.1").setPort(0), tls)
                .connectHandler(connection -> connection.streamHandler(this::quicStream));
    }

    private static PemKeyCertOptions certificate() {
        return new PemKeyCertOptions().addCertPath("localhost-cert.pem").addKeyPath("localhost-key.pem");
    }

    private void quicStream(QuicStream stream) {
        Peer peer = new QuicPeer(stream);
        FrameDecoder<ClientFrame> decoder = new FrameDecoder<>(FrameType.CLIENT, MAX_FRAME_BYTES);
        stream.resetHandler(peer.resets::add);
        stream.exceptionHandler(e -> {});
        stream.handler(bytes -> decoder.push(bytes.getBytes(), frame -> receive(peer, frame)));
    }

    private HttpServer webSocket(Vertx vertx, boolean tls) {
        HttpServerOptions options = new HttpServerOptions()
                .setHost("127.0.0.1")
                .setPort(0)
                .addWebSocketSubProtocol("millrace.v1")
                .setSsl(tls);
        if (tls) {
            options.setKeyCertOptions(certificate());
        }
        return vertx.createHttpServer(options).webSocketHandler(socket -> {
            Map<Integer, Peer> channels = new HashMap<>();
            socket.frameHandler(frame -> {
                if (frame.isPing()) {
                    channels.values().forEach(peer -> peer.signsOfLife.add(frame));
                }
            });
            socket.binaryMessageHandler(message -> {
                Decoded<ClientFrame> frame = FrameType.CLIENT.parse(message.getBytes(), MAX_FRAME_BYTES);
                int channel = ((Decoded.Value<ClientFrame>) frame).value().getChannel();
                receive(channels.computeIfAbsent(channel, number -> new WebSocketPeer(socket, number)), frame);
            });
        });
    }

    private HttpServer grpc(Vertx vertx, boolean tls) {
        GrpcServer calls = GrpcServer.server(vertx).callHandler(call -> {
            GrpcPeer peer = new GrpcPeer(call);
            call.connection().pingHandler(peer.signsOfLife::add);
            call.errorHandler(error -> peer.resets.add(error.http2ResetCode));
            call.exceptionHandler(lost -> {});
            call.response().exceptionHandler(lost -> {});
            call.handler(message -> receive(peer, FrameType.CLIENT.parse(message.getBytes(), MAX_FRAME_BYTES)));
        });
        HttpServerOptions options = new HttpServerOptions()
                .setHost("127.0.0.1")
                .setPort(0)
                .setUseAlpn(tls)
                .setSsl(tls);
        if (tls) {
            options.setKeyCertOptions(certificate());
        }
        return vertx.createHttpServer(options).requestHandler(calls);
    }

    private void receive(Peer peer, Decoded<ClientFrame> decoded) {
        ClientFrame frame = ((Decoded.Value<ClientFrame>) decoded).value();
        boolean signOfLife = frame.hasCredit() && frame.getCredit().getTokens() == 0;
        if (signOfLife) {
            peer.signsOfLife.add(frame);
        } else {
            peer.received.add(frame);
        }
        if (frame.hasGenerate() || frame.hasResume()) {
            peers.add(peer);
        }
    }

    static final class QuicPeer extends Peer {

        private final QuicStream stream;

        QuicPeer(QuicStream stream) {
            this.stream = stream;
        }

        QuicStream stream() {
            return stream;
        }

        @Override
        void send(ServerFrame frame) {
            stream.write(Buffer.buffer(FrameEncoder.encode(frame)));
            if (frame.hasFinished() || frame.hasRejected()) {
                stream.end();
            }
        }

        @Override
        void sendGarbage() {
            stream.write(Buffer.buffer(new byte[] {2, 0x12, 0x7f}));
        }

        @Override
        void dropConnection() {
            stream.connection().close();
        }
    }

    static final class WebSocketPeer extends Peer {

        private final ServerWebSocket socket;
        private final int channel;

        WebSocketPeer(ServerWebSocket socket, int channel) {
            this.socket = socket;
            this.channel = channel;
        }

        WebSocketPeer onChannel(int other) {
            return new WebSocketPeer(socket, other);
        }

        @Override
        void send(ServerFrame frame) {
            socket.writeBinaryMessage(
                    Buffer.buffer(frame.toBuilder().setChannel(channel).build().toByteArray()));
        }

        @Override
        void sendGarbage() {
            socket.writeBinaryMessage(Buffer.buffer(new byte[] {0x12, 0x7f}));
        }

        @Override
        void dropConnection() {
            socket.close();
        }
    }

    static final class GrpcPeer extends Peer {

        private final GrpcServerRequest<Buffer, Buffer> call;

        GrpcPeer(GrpcServerRequest<Buffer, Buffer> call) {
            this.call = call;
        }

        GrpcServerRequest<Buffer, Buffer> call() {
            return call;
        }

        @Override
        void send(ServerFrame frame) {
            call.response().write(Buffer.buffer(frame.toByteArray()));
            if (frame.hasFinished() || frame.hasRejected()) {
                call.response().end();
            }
        }

        @Override
        void sendGarbage() {
            call.response().write(Buffer.buffer(new byte[] {0x12, 0x7f}));
        }

        @Override
        void dropConnection() {
            call.connection().close();
        }
    }
}
