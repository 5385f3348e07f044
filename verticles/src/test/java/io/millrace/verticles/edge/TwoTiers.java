package io.millrace.verticles.edge;

import static io.millrace.verticles.testing.TestReplica.await;

import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.cluster.tier.TierPolicy;
import io.millrace.engine.SchedulerLoad;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.batching.SequenceOwner;
import io.millrace.verticles.batching.SequenceRunner;
import io.millrace.verticles.peer.NodeIdentity;
import io.millrace.verticles.peer.Offer;
import io.millrace.verticles.peer.PeerVerticle;
import io.millrace.verticles.stream.Replica;
import io.millrace.verticles.testing.CountingModel;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.TestCluster;
import io.millrace.verticles.testing.TestReplica;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** An edge and a center in one JVM, over mutual TLS on loopback. */
final class TwoTiers implements AutoCloseable {
    private static final int WINDOW = 16;
    private static final Duration INTERVAL = Duration.ofMillis(200);
    /** A busy machine takes seconds for a TLS handshake. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    final CountingStage edgeStage;
    final TestReplica edge;
    private final NodeIdentity edgeKeys;
    private final NodeIdentity centerKeys;
    private final SocketAddress address;
    /** No machine is so busy; what is silent on purpose is given less. */
    Duration centerTimeout = Duration.ofMinutes(2);

    /** What a deaf center was asked. */
    final AtomicInteger unanswered = new AtomicInteger();

    CountingStage centerStage;
    TestReplica center;
    PeerVerticle port;

    TwoTiers(Limits limits, int edgeSteps) throws Exception {
        TestCluster link = new TestCluster("edge-link", 2);
        edgeKeys = link.setup(0).identity();
        centerKeys = link.setup(1).identity();
        address = SocketAddress.inetSocketAddress(
                TestCluster.freePorts(1).getFirst(), link.setup(1).host());
        edgeStage = new CountingStage(edgeSteps);
        edge = new TestReplica(vertx(), limits, edgeStage);
    }

    private static Vertx vertx() {
        return Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    }

    /** The center comes up, at the address it always has. */
    void startCenter(Limits limits, int steps) {
        centerStage = new CountingStage(steps);
        center = new TestReplica(vertx(), limits, centerStage);
        port = new PeerVerticle(address, centerKeys, limits, new CenterOffer(center.streams));
        await(center.vertx.deployVerticle(port));
    }

    /** In the center's place one that says that it is there, and nothing to what it is asked. */
    void startDeafCenter() {
        centerStage = new CountingStage(0);
        center = new TestReplica(vertx(), Limits.DEFAULTS, centerStage);
        Offer offer = new Offer("counting", "counting", new SequenceRunner() {
            @Override
            public void submit(SequenceSpec spec, SequenceOwner owner) {
                unanswered.incrementAndGet();
            }

            @Override
            public void endAll(Rejection why) {}

            @Override
            public SchedulerLoad load() {
                return center.load();
            }
        });
        port = new PeerVerticle(address, centerKeys, Limits.DEFAULTS, () -> Optional.of(offer));
        await(center.vertx.deployVerticle(port));
    }

    /** The center is gone at once, with what it computed: its connections first, or its stage would be waited for. */
    void killCenter() {
        await(center.vertx.undeploy(port.deploymentID()));
        centerStage.allow(CountingStage.UNLIMITED);
        center.close();
    }

    void startEdge(TierPolicy policy) {
        await(edge(policy, true, "counting"));
    }

    Future<Void> edge(TierPolicy policy, boolean takeOver, String tokenizer) {
        EdgeSetup setup = new EdgeSetup(address, edgeKeys, policy, takeOver, INTERVAL, PATIENCE, centerTimeout, WINDOW);
        Replica.Ready local = (Replica.Ready) edge.streams.replica();
        TieredRunner runner = new TieredRunner(edge.vertx, setup, tokenizer, local.runner(), edge.meters);
        edge.streams.switchTo(new Replica.Ready(new CountingModel(tokenizer), runner));
        return runner.start();
    }

    boolean centerUp() {
        return edge.meters.get("millrace.edge.center.up").gauge().value() == 1;
    }

    double requests(String tier, String reason) {
        var counter = edge.meters
                .find("millrace.edge.requests")
                .tags("tier", tier, "reason", reason)
                .counter();
        return counter == null ? 0 : counter.count();
    }

    double linkBytes() {
        return edge.meters.get("millrace.edge.link.bytes").counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    @Override
    public void close() {
        edgeStage.allow(CountingStage.UNLIMITED);
        edge.close();
        if (center != null) {
            centerStage.allow(CountingStage.UNLIMITED);
            center.close();
        }
    }
}
