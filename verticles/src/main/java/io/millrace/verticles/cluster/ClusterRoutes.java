package io.millrace.verticles.cluster;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.api.Rejection;
import io.millrace.cluster.NodeHint;
import io.millrace.engine.SchedulerLoad;
import io.millrace.engine.SequenceEvent;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.batching.EventLoop;
import io.millrace.verticles.batching.RunningSequence;
import io.millrace.verticles.batching.SequenceOwner;
import io.millrace.verticles.peer.LinkTraffic;
import io.millrace.verticles.peer.Offer;
import io.millrace.verticles.peer.RemoteSequence;
import io.millrace.verticles.peer.SequenceAttempt;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import java.util.Optional;
import java.util.Set;

/** The nodes of a cluster, this one included. */
final class ClusterRoutes implements Routes {
    private final ClusterSetup setup;
    private final PeerDirectory directory;
    private final GrpcClient client;
    private final Offer own;
    private final int ownBlocks;
    private final Counter remote;

    /** @param own what this node computes, which is idle yet */
    ClusterRoutes(ClusterSetup setup, PeerDirectory directory, GrpcClient client, Offer own, MeterRegistry meters) {
        this.setup = setup;
        this.directory = directory;
        this.client = client;
        this.own = own;
        this.ownBlocks = own.runner().load().freeBlocks();
        this.remote = meters.counter("millrace.cluster.sequences.sent");
    }

    @Override
    public Optional<Route> choose(int tokens, long prefix, Set<String> tried) {
        return directory.choose(own.model(), tokens, prefix, tried).map(ToNode::new);
    }

    @Override
    public void forget(String replica) {
        directory.forget(replica);
    }

    @Override
    public boolean gone(String replica) {
        return !replica.equals(setup.nodeId()) && !directory.knows(replica);
    }

    @Override
    public void finished(int outputTokens) {
        directory.finished(outputTokens);
    }

    @Override
    public SchedulerLoad load() {
        return own.runner().load();
    }

    @Override
    public void endAll(Rejection why) {
        own.runner().endAll(why);
    }

    /** What this node says of itself. */
    NodeHint hint(int port, boolean taking) {
        SchedulerLoad load = load();
        double expected = (load.running() + load.waiting()) * directory.meanOutput();
        return new NodeHint(
                setup.nodeId(),
                setup.host(),
                port,
                own.model(),
                taking,
                load.waitingPromptTokens() + Math.round(expected),
                Math.min(1, (double) load.freeBlocks() / ownBlocks));
    }

    private final class ToNode implements Route {
        private final NodeHint node;

        ToNode(NodeHint node) {
            this.node = node;
        }

        @Override
        public String replica() {
            return node.node();
        }

        @Override
        public void start(SequenceSpec spec, SequenceAttempt attempt, EventLoop loop) {
            if (node.node().equals(setup.nodeId())) {
                own.runner().submit(spec, new LocalOwner(attempt, loop));
            } else {
                remote.increment();
                SocketAddress address = SocketAddress.inetSocketAddress(node.port(), node.host());
                new RemoteSequence(setup.tokenWindow(), attempt, LinkTraffic.UNCOUNTED)
                        .start(client, address, node.model(), spec);
            }
        }
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
