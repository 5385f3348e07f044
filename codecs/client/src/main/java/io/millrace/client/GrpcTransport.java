package io.millrace.client;

import io.millrace.wire.Decoded;
import io.millrace.wire.FrameType;
import io.millrace.wire.v1.Cancel;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.ServerFrame;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcError;
import io.vertx.grpc.common.GrpcErrorException;
import io.vertx.grpc.common.GrpcStatus;
import java.net.URI;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** One HTTP/2 connection, one call of {@code Streams.Exchange} per generation; where the server allows no more, opening waits. */
final class GrpcTransport implements Transport {

    private static final String METHOD = "millrace.v1.Streams/Exchange";

    private final Vertx vertx;
    private final GrpcClient client;
    private final SocketAddress server;
    private final ClientOptions options;
    private final Set<Call> calls = new HashSet<>();
    private long signsOfLife = -1;
    private volatile boolean closed;

    GrpcTransport(Vertx vertx, URI server, ClientOptions options) {
        this.vertx = vertx;
        boolean tls = "grpcs".equals(server.getScheme());
        HttpClientOptions http = new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false)
                .setUseAlpn(tls)
                .setSsl(tls)
                .setConnectTimeout((int) options.connectTimeout().toMillis())
                .setReadIdleTimeout((int) options.idleTimeout().toMillis())
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
        if (tls) {
            Tls.apply(options.trust(), http);
        }
        this.client =
                GrpcClient.client(vertx, new GrpcClientOptions().setMaxMessageSize(options.maxFrameBytes()), http);
        this.server = SocketAddress.inetSocketAddress(server.getPort(), server.getHost());
        this.options = options;
    }

    @Override
    public Future<FrameChannel> open(Listener listener) {
        if (closed) {
            return Future.failedFuture("the client is closed");
        }
        if (signsOfLife < 0) {
            signsOfLife = vertx.setPeriodic(options.signOfLifeMillis(), timer -> signOfLife());
        }
        return client.request(server).map(request -> new Call(request.fullMethodName(METHOD), listener));
    }

    @Override
    public Future<Void> close() {
        closed = true;
        vertx.cancelTimer(signsOfLife);
        return client.close();
    }

    @Override
    public boolean closed() {
        return closed;
    }

    /** One call's is enough: they share the connection. */
    private void signOfLife() {
        calls.stream().findAny().ifPresent(call -> call.request.connection().ping(Buffer.buffer(new byte[8])));
    }

    private final class Call implements FrameChannel {

        private final GrpcClientRequest<Buffer, Buffer> request;
        private final Listener listener;

        Call(GrpcClientRequest<Buffer, Buffer> request, Listener listener) {
            this.request = request;
            this.listener = listener;
            calls.add(this);
            request.exceptionHandler(this::failed);
            request.response().onSuccess(this::read).onFailure(this::failed);
        }

        private void read(GrpcClientResponse<Buffer, Buffer> response) {
            response.exceptionHandler(this::failed);
            response.errorHandler(this::reset);
            response.handler(this::message);
            response.endHandler(nothing -> ended(response.status()));
        }

        private void message(Buffer message) {
            switch (FrameType.SERVER.parse(message.getBytes(), options.maxFrameBytes())) {
                case Decoded.Value<ServerFrame> frame -> listener.frame(frame.value());
                case Decoded.Malformed<ServerFrame> malformed ->
                    listener.broken(malformed.rejection().message());
            }
        }

        @Override
        public void send(ClientFrame frame) {
            if (calls.contains(this)) {
                request.write(Buffer.buffer(frame.toByteArray()));
            }
        }

        @Override
        public void finish() {
            if (calls.remove(this)) {
                request.end();
            }
        }

        @Override
        public void cancel() {
            if (calls.remove(this)) {
                request.end(Buffer.buffer(ClientFrame.newBuilder()
                        .setCancel(Cancel.getDefaultInstance())
                        .build()
                        .toByteArray()));
            }
        }

        private void failed(Throwable failure) {
            if (failure instanceof GrpcErrorException reset) {
                reset(reset.error());
            } else {
                lost("the call failed: " + failure.getMessage());
            }
        }

        private void reset(GrpcError error) {
            // Nothing can be written any more, not even a cancel: the call is forgotten first.
            if (error == GrpcError.CANCELLED && calls.remove(this)) {
                listener.broken("the server cancelled the call: the stream was resumed elsewhere");
            } else {
                lost("the server reset the call: " + error);
            }
        }

        /** After the terminal frame this is no news. */
        private void ended(GrpcStatus status) {
            if (status == GrpcStatus.UNIMPLEMENTED && calls.contains(this)) {
                listener.broken("the server does not have " + METHOD);
            } else {
                lost("the call ended with status " + status + " and no terminal frame");
            }
        }

        private void lost(String why) {
            if (calls.contains(this)) {
                listener.lost(new ConnectionLostException(why, null));
            }
        }
    }
}
