package io.millrace.verticles.cluster;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.api.ErrorCode;
import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.cluster.NodeHint;
import io.millrace.engine.SchedulerLoad;
import io.millrace.engine.SequenceEvent;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.batching.EventLoop;
import io.millrace.verticles.batching.RunningSequence;
import io.millrace.verticles.batching.SequenceOwner;
import io.millrace.verticles.batching.SequenceRunner;
import io.millrace.verticles.peer.LinkTraffic;
import io.millrace.verticles.peer.RemoteSequence;
import io.millrace.verticles.peer.SequenceAttempt;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs sequences on whichever node has least to do, this one included. Thread-safe. */
final class RoutedRunner implements SequenceRunner {
    private static final Logger LOG = LoggerFactory.getLogger(RoutedRunner.class);

    private final Vertx vertx;
    private final ClusterSetup setup;
    private final Limits limits;
    private final PeerDirectory directory;
    private final GrpcClient client;
    private final String model;
    private final SequenceRunner local;
    private final Counter handovers;
    private final Counter remote;
    /** Bounded by {@link Limits#maxStreams}: each has a stream of this node. */
    private final Set<RoutedSequence> sequences = ConcurrentHashMap.newKeySet();
    /** As of the last node that said no; what a client is told where all did. */
    private volatile Optional<Rejection> lastRefusal = Optional.empty();

    private volatile boolean closing;

    RoutedRunner(
            Vertx vertx,
            ClusterSetup setup,
            Limits limits,
            PeerDirectory directory,
            GrpcClient client,
            String model,
            SequenceRunner local,
            MeterRegistry meters) {
        this.vertx = vertx;
        this.setup = setup;
        this.limits = limits;
        this.directory = directory;
        this.client = client;
        this.model = model;
        this.local = local;
        this.handovers = meters.counter("millrace.cluster.handovers");
        this.remote = meters.counter("millrace.cluster.sequences.sent");
    }

    @Override
    public void submit(SequenceSpec spec, SequenceOwner owner) {
        RoutedSequence sequence = new RoutedSequence(this, spec, owner);
        sequences.add(sequence);
        owner.loop().run(sequence::begin);
    }

    @Override
    public void endAll(Rejection why) {
        closing = true;
        sequences.forEach(sequence -> sequence.loop().run(() -> sequence.end(why)));
        local.endAll(why);
    }

    @Override
    public SchedulerLoad load() {
        return local.load();
    }

    /** Moves what runs on nodes that are not heard of any more. */
    void checkNodes() {
        sequences.forEach(sequence -> sequence.loop()
                .run(() -> sequence.node()
                        .filter(node -> !node.equals(setup.nodeId()) && !directory.knows(node))
                        .ifPresent(sequence::lost)));
    }

    NodeHint hint(int port, boolean taking) {
        SchedulerLoad load = local.load();
        double expected = (load.running() + load.waiting()) * directory.meanOutput();
        return new NodeHint(
                setup.nodeId(),
                setup.host(),
                port,
                model,
                taking,
                load.waitingPromptTokens() + Math.round(expected),
                Math.min(1, (double) load.freeBlocks() / limits.kvBlocks()));
    }

    // ---- from its sequences

    Optional<NodeHint> choose(int tokens, long prefix, Set<String> tried) {
        return directory.choose(model, tokens, prefix, tried);
    }

    void start(NodeHint node, SequenceSpec spec, SequenceAttempt attempt, EventLoop loop) {
        if (node.node().equals(setup.nodeId())) {
            local.submit(spec, new LocalOwner(attempt, loop));
        } else {
            remote.increment();
            SocketAddress address = SocketAddress.inetSocketAddress(node.port(), node.host());
            new RemoteSequence(setup.tokenWindow(), attempt, LinkTraffic.UNCOUNTED)
                    .start(client, address, node.model(), spec);
        }
    }

    void after(Duration delay, Runnable action) {
        vertx.setTimer(delay.toMillis(), id -> action.run());
    }

    void handedOver(String from, String why) {
        handovers.increment();
        LOG.info("a stream leaves node {}: {}", from, why);
    }

    void forget(String node) {
        directory.forget(node);
    }

    void refused(Rejection rejection) {
        lastRefusal = Optional.of(rejection);
    }

    Rejection noNode() {
        return lastRefusal.orElse(
                new Rejection(ErrorCode.UNAVAILABLE, "no node takes requests now", "", Duration.ofSeconds(1)));
    }

    void finished(int outputTokens) {
        directory.finished(outputTokens);
    }

    boolean closing() {
        return closing;
    }

    void remove(RoutedSequence sequence) {
        sequences.remove(sequence);
    }

    private record LocalOwner(SequenceAttempt attempt, EventLoop loop) implements SequenceOwner {
        @Override
        public void admitted(RunningSequence sequence) {
            attempt.admitted(sequence);
        }

        @Override
        public void refused(Rejection rejection) {
            attempt.refused(rejection);
        }

        @Override
        public void event(SequenceEvent event) {
            attempt.event(event);
        }
    }
}
