package io.millrace.verticles.testing;

import com.google.protobuf.MessageLite;
import io.millrace.api.TokenEvent;
import io.millrace.wire.Decoded;
import io.millrace.wire.Events;
import io.millrace.wire.FrameType;
import io.millrace.wire.v1.ServerFrame;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcStatus;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/** One connection with gRPC calls at the level of messages and statuses. */
public final class RawGrpc implements AutoCloseable {
    private static final int MAX_FRAME_BYTES = 1024 * 1024;
    /** More than one call's: else a call that is not read would keep Vert.x's client from reading the others. */
    private static final int CONNECTION_WINDOW_BYTES = 1024 * 1024;

    private final GrpcClient client;
    private final SocketAddress server;

    public RawGrpc(Vertx vertx, int port) {
        client = GrpcClient.client(
                vertx,
                new HttpClientOptions()
                        .setProtocolVersion(HttpVersion.HTTP_2)
                        .setHttp2ClearTextUpgrade(false)
                        .setHttp2ConnectionWindowSize(CONNECTION_WINDOW_BYTES));
        server = SocketAddress.inetSocketAddress(port, "127.0.0.1");
    }

    /** A call of {@code millrace.v1.Streams}, with one header more. */
    public Call call(String method, String header, String value) {
        return TestReplica.await(client.request(server).map(request -> {
            request.fullMethodName("millrace.v1.Streams/" + method);
            request.headers().add(header, value);
            return new Call(request);
        }));
    }

    /**
     * One message to a method of any service, and what came of it.
     *
     * @param method with its service: {@code grpc.health.v1.Health/Check}
     * @return the first answer's bytes; empty where there is none
     */
    public Answer ask(String method, MessageLite message, String bearer) {
        return TestReplica.await(client.request(server).compose(request -> {
            request.fullMethodName(method);
            request.headers().add("authorization", "Bearer " + bearer);
            Future<GrpcClientResponse<Buffer, Buffer>> answered = request.response();
            request.end(Buffer.buffer(message.toByteArray()));
            return answered.compose(RawGrpc::answer);
        }));
    }

    private static Future<Answer> answer(GrpcClientResponse<Buffer, Buffer> response) {
        Buffer all = Buffer.buffer();
        Promise<Answer> whole = Promise.promise();
        response.handler(all::appendBuffer);
        response.endHandler(nothing -> whole.complete(new Answer(response.status(), all.getBytes())));
        response.exceptionHandler(whole::tryFail);
        return whole.future();
    }

    /** @param bytes of all messages */
    public record Answer(GrpcStatus status, byte[] bytes) {}

    public Call call(String method) {
        return call(method, "x-test", "none");
    }

    @Override
    public void close() {
        TestReplica.await(client.close());
    }

    /** What is said to it is said on its connection's loop. */
    public static final class Call implements ReadEvents {
        private final GrpcClientRequest<Buffer, Buffer> request;
        private final List<TokenEvent> events = new CopyOnWriteArrayList<>();
        private volatile GrpcClientResponse<Buffer, Buffer> response;
        private final AtomicReference<String> end = new AtomicReference<>();

        private Call(GrpcClientRequest<Buffer, Buffer> request) {
            this.request = request;
            request.exceptionHandler(failure -> ended("lost"));
            request.response().onSuccess(this::read);
        }

        private void read(GrpcClientResponse<Buffer, Buffer> opened) {
            response = opened;
            opened.exceptionHandler(failure -> ended("lost"));
            opened.errorHandler(error -> ended("reset " + error));
            opened.endHandler(nothing -> ended(opened.status().name()));
            opened.handler(message -> {
                if (FrameType.SERVER.parse(message.getBytes(), MAX_FRAME_BYTES)
                                instanceof Decoded.Value<ServerFrame> frame
                        && Events.fromWire(frame.value()) instanceof Decoded.Value<List<TokenEvent>> sent) {
                    events.addAll(sent.value());
                }
            });
        }

        /** Vert.x's client resets what its server ended first: that is no news. */
        private void ended(String how) {
            end.compareAndSet(null, how);
        }

        public Call send(MessageLite message) {
            return sendBytes(message.toByteArray());
        }

        public Call sendBytes(byte[] bytes) {
            TestReplica.await(request.write(Buffer.buffer(bytes)));
            return this;
        }

        /** Packs its messages from now on. */
        public Call packed() {
            request.encoding("gzip");
            return this;
        }

        /** The only message of its call: told together, since a server may have answered all before an end told later. */
        public Call ask(MessageLite message) {
            TestReplica.await(request.end(Buffer.buffer(message.toByteArray())));
            return this;
        }

        /** The client has said all. */
        public Call end() {
            TestReplica.await(request.end());
            return this;
        }

        public void cancel() {
            request.cancel();
        }

        public void dropConnection() {
            TestReplica.await(request.connection().close());
        }

        public void stopReading() {
            TestReplica.eventually("headers", () -> response != null);
            response.pause();
        }

        public void readOn() {
            response.resume();
        }

        @Override
        public List<TokenEvent> events() {
            return events;
        }

        /** A status's name, {@code reset} and the error, or {@code lost}. */
        public String awaitEnd() {
            TestReplica.eventually("the end of the call", () -> end.get() != null);
            return end.get();
        }

        /** @throws AssertionError where there is none, or another after it */
        public TokenEvent onlyTerminal() {
            List<TokenEvent> terminal =
                    events.stream().filter(TokenEvent::terminal).toList();
            if (terminal.size() != 1 || !events.getLast().terminal()) {
                throw new AssertionError("expected one terminal event, at the end, in " + events);
            }
            return terminal.getFirst();
        }

        public boolean hasTerminal() {
            return events.stream().anyMatch(TokenEvent::terminal);
        }

        /** The status is looked at when the client knows it. */
        public GrpcStatus status() {
            return GrpcStatus.valueOf(awaitEnd());
        }
    }
}
