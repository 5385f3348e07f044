package io.millrace.verticles.cluster;

import com.google.protobuf.InvalidProtocolBufferException;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.api.Limits;
import io.millrace.cluster.NodeHint;
import io.millrace.peer.Hint;
import io.millrace.verticles.batching.SequenceRunner;
import io.millrace.verticles.peer.Offer;
import io.millrace.verticles.peer.PeerClients;
import io.millrace.verticles.peer.PeerMessages;
import io.millrace.verticles.peer.PeerVerticle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This node's part in its cluster: it computes for others, tells them its load, and hands its own requests out. */
public final class ClusterNode {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterNode.class);
    /** A node that does not take a connection by then is treated as gone. */
    private static final Duration CONNECT = Duration.ofSeconds(2);

    private final Vertx vertx;
    private final ClusterSetup setup;
    private final MeterRegistry meters;
    private final HintBus hints;
    private final PeerDirectory directory;
    private final PeerVerticle peers;
    private final GrpcClient client;
    private volatile Optional<Serving> serving = Optional.empty();
    private volatile Optional<Offer> served = Optional.empty();
    private volatile boolean taking = true;
    private final AtomicBoolean twinTold = new AtomicBoolean();

    private record Serving(ClusterRoutes routes, RoutedRunner runner) {}

    public ClusterNode(
            Vertx vertx,
            ClusterSetup setup,
            Limits limits,
            MeterRegistry meters,
            HintBus hints,
            LongSupplier nanoTime) {
        this.vertx = vertx;
        this.setup = setup;
        this.meters = meters;
        this.hints = hints;
        directory = new PeerDirectory(setup, nanoTime);
        Gauge.builder("millrace.cluster.nodes", directory, PeerDirectory::known)
                .description("Nodes heard of lately, this one included")
                .register(meters);
        peers = new PeerVerticle(
                SocketAddress.inetSocketAddress(setup.peerPort(), setup.host()),
                setup.identity(),
                limits,
                this::offered);
        client = PeerClients.open(vertx, setup.identity(), CONNECT);
    }

    /** Listens for other nodes, and to them. */
    public Future<Void> start() {
        hints.listen(this::heard);
        return vertx.deployVerticle(peers)
                .onSuccess(deployed -> vertx.setPeriodic(setup.hintInterval().toMillis(), id -> tick()))
                .mapEmpty();
    }

    /** TCP port of token streams. */
    public int peerPort() {
        return peers.port();
    }

    /**
     * This node's model is ready.
     *
     * @return what the node's own streams are to use
     */
    public SequenceRunner serve(Offer local) {
        ClusterRoutes routes = new ClusterRoutes(setup, directory, client, local, meters);
        RoutedRunner routed = new RoutedRunner(vertx, routes, meters.counter("millrace.cluster.handovers"));
        served = Optional.of(local);
        serving = Optional.of(new Serving(routes, routed));
        tick();
        return routed;
    }

    /** Whether this node's model can be computed with just now; its own streams, too, go elsewhere where it cannot. */
    public void taking(boolean able) {
        taking = able;
        tick();
    }

    /** Computes for nobody else any more: what it did for others goes on elsewhere. */
    public void drain() {
        taking = false;
        tick();
        peers.drain();
    }

    /** The model stopped working. */
    public void stopServing() {
        served = Optional.empty();
        drain();
    }

    private Optional<Offer> offered() {
        return served.filter(current -> taking);
    }

    private void tick() {
        serving.ifPresent(now -> {
            NodeHint hint = now.routes().hint(peers.port(), taking);
            directory.heard(hint);
            hints.publish(PeerMessages.hint(hint).toByteArray());
            now.runner().checkReplicas();
        });
    }

    /** Its own hints do not come back: two that started apart have met. Said once. */
    private void twin(NodeHint hint) {
        if (twinTold.compareAndSet(false, true)) {
            LOG.error(
                    "cluster.node-id: \"{}\" is the id of a running node, too, at {}:{}; every node needs its own",
                    hint.node(),
                    hint.host(),
                    hint.port());
        }
    }

    private void heard(byte[] message) {
        try {
            NodeHint hint = PeerMessages.hint(Hint.parseFrom(message));
            if (hint.node().equals(setup.nodeId())) {
                twin(hint);
            } else {
                directory.heard(hint);
            }
        } catch (InvalidProtocolBufferException e) {
            LOG.warn("a hint cannot be read: {}", e.getMessage());
        }
    }
}
