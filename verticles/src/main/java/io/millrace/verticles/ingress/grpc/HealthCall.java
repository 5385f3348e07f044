package io.millrace.verticles.ingress.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.verticles.stream.Replica;
import io.millrace.verticles.stream.Streams;
import io.millrace.wire.Decoded;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.health.v1.HealthCheckRequest;
import io.vertx.grpc.health.v1.HealthCheckResponse;
import io.vertx.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.GrpcServerResponse;
import java.util.Set;
import java.util.function.Consumer;

/**
 * {@code grpc.health.v1.Health/Check}: what {@code /health/ready} says, for probes that speak gRPC. Of the library's service only
 * the messages are used: its Watch takes the close handler of the connection, which is the ingress's.
 */
final class HealthCall {
    static final String SERVICE = "grpc.health.v1.Health";

    private static final String METHOD = "Check";
    private static final int MAX_MESSAGE_BYTES = 1024;
    /** The empty name is the whole server. */
    private static final Set<String> KNOWN = Set.of("", GrpcIngress.SERVICE);

    private final GrpcServerRequest<Buffer, Buffer> request;
    private final GrpcServerResponse<Buffer, Buffer> response;
    private final Streams streams;
    private final Consumer<HttpConnection> onOver;
    private boolean over;

    HealthCall(GrpcServerRequest<Buffer, Buffer> request, Streams streams, Consumer<HttpConnection> onOver) {
        this.request = request;
        this.response = request.response();
        this.streams = streams;
        this.onOver = onOver;
    }

    void open() {
        response.exceptionHandler(failure -> close());
        request.exceptionHandler(failure -> close());
        request.errorHandler(reset -> close());
        if (!request.methodName().equals(METHOD)) {
            end(GrpcStatus.UNIMPLEMENTED, "health is asked for by " + METHOD + " here, not watched");
            return;
        }
        request.invalidMessageHandler(invalid -> end(GrpcStatus.INVALID_ARGUMENT, "no HealthCheckRequest"));
        request.messageHandler(this::message);
        request.endHandler(nothing -> end(GrpcStatus.INVALID_ARGUMENT, "the call ended without a message"));
    }

    private void message(GrpcMessage message) {
        if (over) {
            return;
        }
        try {
            if (MessageBytes.of(message, MAX_MESSAGE_BYTES) instanceof Decoded.Value<byte[]> bytes) {
                answer(HealthCheckRequest.parseFrom(bytes.value()).getService());
            } else {
                end(GrpcStatus.INVALID_ARGUMENT, "a message of more than " + MAX_MESSAGE_BYTES + " bytes");
            }
        } catch (InvalidProtocolBufferException e) {
            end(GrpcStatus.INVALID_ARGUMENT, "no HealthCheckRequest");
        }
    }

    private void answer(String service) {
        if (!KNOWN.contains(service)) {
            end(GrpcStatus.NOT_FOUND, "there is no such service");
            return;
        }
        ServingStatus status =
                streams.replica() instanceof Replica.Ready ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
        HealthCheckResponse answer =
                HealthCheckResponse.newBuilder().setStatus(status).build();
        close();
        response.end(Buffer.buffer(answer.toByteArray()));
    }

    private void end(GrpcStatus status, String why) {
        if (!over) {
            close();
            response.status(status).statusMessage(why).end();
        }
    }

    private void close() {
        if (!over) {
            over = true;
            onOver.accept(request.connection());
        }
    }
}
