package io.millrace.verticles.app;

import io.millrace.cluster.LeastOutstanding;
import io.millrace.cluster.PowerOfTwoChoices;
import io.millrace.cluster.PrefixAffinity;
import io.millrace.cluster.RoundRobin;
import io.millrace.cluster.Router;
import io.millrace.verticles.app.config.Cluster;
import io.millrace.verticles.cluster.ClusterSetup;
import io.millrace.verticles.peer.NodeIdentity;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** What the configuration means for the cluster. */
final class ClusterSetups {
    /** How much busier than the mean a prefix's own node may be; 1.25 did best in the simulation of runtime/cluster. */
    private static final double TOLERANCE = 1.25;

    private ClusterSetups() {}

    static ClusterSetup of(Cluster config) {
        return new ClusterSetup(
                config.nodeId(),
                config.host(),
                config.membershipPort(),
                config.busPort(),
                config.peerPort(),
                peers(config.peers()),
                Optional.of(config.dns()).filter(name -> !name.isEmpty()),
                identity(config),
                () -> router(config),
                config.hintInterval(),
                config.hintTtl(),
                config.maxNodes(),
                config.tokenWindow());
    }

    /** Of a configuration that was checked to have it. */
    static NodeIdentity identity(Cluster config) {
        return new NodeIdentity(
                config.certificate().orElseThrow(),
                config.key().orElseThrow(),
                config.ca().orElseThrow());
    }

    private static List<InetSocketAddress> peers(String text) {
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(peer -> !peer.isEmpty())
                .map(peer -> peer.split(":"))
                .map(peer -> InetSocketAddress.createUnresolved(peer[0], Integer.parseInt(peer[1])))
                .toList();
    }

    /** Begins elsewhere on every node, so that nodes do not move in step. */
    private static Router router(Cluster config) {
        int first = config.nodeId().hashCode();
        Router twoChoices = new PowerOfTwoChoices(new SplittableRandom());
        return switch (config.routing()) {
            case TWO_CHOICES -> twoChoices;
            case LEAST -> new LeastOutstanding(first);
            case PREFIX -> new PrefixAffinity(twoChoices, TOLERANCE);
            case ROUND_ROBIN -> new RoundRobin(first);
        };
    }
}
