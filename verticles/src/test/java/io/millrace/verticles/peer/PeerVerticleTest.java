package io.millrace.verticles.peer;

import static io.millrace.verticles.testing.TestReplica.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.Limits;
import io.millrace.peer.Credit;
import io.millrace.peer.PeerRequest;
import io.millrace.verticles.testing.TestCluster;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.common.GrpcStatus;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PeerVerticleTest {

    @Test
    void aStreamThatNeverSaysWhatItIsIsClosed() throws Exception {
        NodeIdentity identity = new TestCluster("ours", 1).setup(0).identity();
        Vertx vertx = Vertx.vertx();
        try {
            var server = new PeerVerticle(
                    SocketAddress.inetSocketAddress(0, "127.0.0.1"), identity, Limits.DEFAULTS, Optional::empty);
            await(vertx.deployVerticle(server));
            var client = PeerClients.open(vertx, identity, Duration.ofSeconds(30));
            var node = SocketAddress.inetSocketAddress(server.port(), "127.0.0.1");
            var status = client.request(node, PeerMessages.CALLED).compose(request -> {
                request.write(PeerRequest.newBuilder()
                        .setCredit(Credit.newBuilder().setTokens(1))
                        .build());
                return request.response()
                        .compose(response ->
                                response.end().transform(ended -> Future.succeededFuture(response.status())));
            });
            assertEquals(GrpcStatus.DEADLINE_EXCEEDED, await(status));
        } finally {
            await(vertx.close());
        }
    }
}
