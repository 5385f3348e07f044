package io.millrace.verticles.ingress.grpc;

import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.millrace.api.Limits;
import io.millrace.verticles.ingress.ApiKeys;
import io.millrace.verticles.ingress.BearerKey;
import io.millrace.verticles.stream.Streams;
import io.millrace.wire.v1.Generate;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.reflection.ReflectionService;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.Service;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Takes in the calls of {@code millrace.v1.Streams} on an HTTP server's connections, of the health service, and of reflection. Calls of a connection belong to its
 * event loop, and each has a flow-control window of its own: a call that is read slowly slows no other.
 */
public final class GrpcIngress implements Handler<HttpServerRequest> {
    static final String SERVICE = "millrace.v1.Streams";

    private static final String REFLECTION = "/grpc.reflection.";
    private static final ServiceDescriptor DESCRIPTOR =
            Generate.getDescriptor().getFile().findServiceByName("Streams");
    private static final Set<String> CONTENT_TYPES = Set.of("application/grpc", "application/grpc+proto");

    private final Streams streams;
    private final ApiKeys keys;
    private final Limits limits;
    private final Consumer<HttpConnection> onOver;
    private final GrpcServer server;

    /** @param onOver told the connection of each call, once, when nothing more will be written to the call */
    public GrpcIngress(Vertx vertx, Streams streams, ApiKeys keys, Limits limits, Consumer<HttpConnection> onOver) {
        this.streams = streams;
        this.keys = keys;
        this.limits = limits;
        this.onOver = onOver;
        this.server = GrpcServer.server(vertx, new GrpcServerOptions().setMaxMessageSize(limits.maxFrameBytes()))
                .callHandler(this::call)
                // Binds no method: the handler above has them all. It is what reflection tells of.
                .addService(
                        Service.service(ServiceName.create(SERVICE), DESCRIPTOR).build())
                .addService(ReflectionService.v1());
    }

    /** Whether a request is a gRPC call, of whatever service. */
    public static boolean takes(HttpServerRequest request) {
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        return request.version() == HttpVersion.HTTP_2 && type != null && CONTENT_TYPES.contains(type);
    }

    /** Whether {@code onOver} will be told of it. Reflection is the library's, and keeps no connection open. */
    public static boolean tellsItsEnd(HttpServerRequest request) {
        return !isReflection(request);
    }

    @Override
    public void handle(HttpServerRequest request) {
        if (isReflection(request)
                && keys.tenantOf(BearerKey.of(request.headers())).isEmpty()) {
            refuse(request);
        } else {
            server.handle(request);
        }
    }

    private static boolean isReflection(HttpServerRequest request) {
        return String.valueOf(request.path()).startsWith(REFLECTION);
    }

    /** A status without messages is a head alone. */
    private static void refuse(HttpServerRequest request) {
        request.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/grpc")
                .putHeader("grpc-status", String.valueOf(GrpcStatus.UNAUTHENTICATED.code))
                .end();
    }

    private void call(GrpcServerRequest<Buffer, Buffer> request) {
        if (request.serviceName().fullyQualifiedName().equals(HealthCall.SERVICE)) {
            new HealthCall(request, streams, onOver).open();
            return;
        }
        Optional<Method> method = request.serviceName().fullyQualifiedName().equals(SERVICE)
                ? Method.named(request.methodName())
                : Optional.empty();
        if (method.isPresent()) {
            new GrpcCall(request, method.get(), streams, keys, limits, onOver).open();
        } else {
            request.response()
                    .status(GrpcStatus.UNIMPLEMENTED)
                    .statusMessage("no such method; " + SERVICE + " has Generate, Resume and Exchange")
                    .end();
            onOver.accept(request.connection());
        }
    }
}
