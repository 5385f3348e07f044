package io.millrace.verticles.peer;

import io.millrace.peer.GreetRequest;
import io.millrace.peer.Greeting;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.Address;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.common.GrpcReadStream;
import io.vertx.grpc.common.ServiceMethod;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The calling side of {@link PeerVerticle}: one HTTP/2 connection to each node, shared by all streams. */
public final class PeerClients {

    private PeerClients() {}

    /** @param connect how long TCP, and how long TLS may take; then the node counts as gone */
    public static GrpcClient open(Vertx vertx, NodeIdentity identity, Duration connect) {
        HttpClientOptions options = new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setSsl(true)
                .setUseAlpn(true)
                .setKeyCertOptions(identity.keyCert())
                .setTrustOptions(identity.trust())
                .setConnectTimeout((int) connect.toMillis())
                .setSslHandshakeTimeout(connect.toMillis())
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
        HttpClient http = vertx.httpClientBuilder()
                .with(options)
                .withConnectHandler(connection -> Pings.watch(vertx, connection))
                .build();
        return new OnHttp(GrpcClient.client(vertx, http), http);
    }

    /** A gRPC client does not close an HTTP client that it was given: this one does. */
    private record OnHttp(GrpcClient grpc, HttpClient http) implements GrpcClient {
        @Override
        public Future<GrpcClientRequest<Buffer, Buffer>> request(Address server) {
            return grpc.request(server);
        }

        @Override
        public Future<GrpcClientRequest<Buffer, Buffer>> request() {
            return grpc.request();
        }

        @Override
        public <Q, R> Future<GrpcClientRequest<Q, R>> request(Address server, ServiceMethod<R, Q> method) {
            return grpc.request(server, method);
        }

        @Override
        public <Q, R> Future<GrpcClientRequest<Q, R>> request(ServiceMethod<R, Q> method) {
            return grpc.request(method);
        }

        @Override
        public Future<Void> close() {
            return http.close();
        }
    }

    /** What the node serves now; fails where it does not answer within {@code patience}. */
    public static Future<Greeting> greet(GrpcClient client, SocketAddress node, Duration patience) {
        return request(client, node, PeerMessages.GREETED)
                .compose(PeerClients::greet)
                .timeout(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** A client that was closed meanwhile throws where one that finds nobody fails: both fail here. */
    static <Q, A> Future<GrpcClientRequest<Q, A>> request(
            GrpcClient client, SocketAddress node, ServiceMethod<A, Q> method) {
        try {
            return client.request(node, method);
        } catch (IllegalStateException closed) {
            return Future.failedFuture(closed);
        }
    }

    private static Future<Greeting> greet(GrpcClientRequest<GreetRequest, Greeting> request) {
        request.end(GreetRequest.getDefaultInstance());
        return request.response().compose(GrpcReadStream::last);
    }
}
