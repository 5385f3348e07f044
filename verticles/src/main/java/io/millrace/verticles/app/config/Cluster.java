package io.millrace.verticles.app.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * This node's place in a cluster; the keys of {@code conf/cluster.yaml}.
 *
 * @param nodeId         no two nodes have the same; empty: the node is alone, and nothing else here counts
 * @param host           address that other nodes reach this one at; it listens there for them
 * @param membershipPort TCP port of membership
 * @param busPort        TCP port of hints
 * @param peerPort       TCP port of token streams between nodes
 * @param peers          {@code host:port} of other nodes' membership, with commas between; some may be down
 * @param dns            a name whose addresses are the nodes, in place of peers
 * @param certificate    PEM chain that names this node's host
 * @param key            PEM private key (PKCS#8) of the certificate
 * @param ca             PEM certificate of the authority that signed every node's certificate
 * @param routing        which node a request goes to
 * @param hintInterval   between two hints of this node
 * @param hintTtl        a node not heard of for so long gets nothing, and its streams go on elsewhere
 * @param maxNodes       nodes whose hints are kept
 * @param tokenWindow    tokens of one stream under way between nodes; then its sequence stalls
 */
public record Cluster(
        String nodeId,
        String host,
        int membershipPort,
        int busPort,
        int peerPort,
        String peers,
        String dns,
        Optional<Path> certificate,
        Optional<Path> key,
        Optional<Path> ca,
        Routing routing,
        Duration hintInterval,
        Duration hintTtl,
        int maxNodes,
        int tokenWindow) {

    /** The policies of {@code runtime/cluster}. */
    public enum Routing {
        TWO_CHOICES,
        LEAST,
        PREFIX,
        ROUND_ROBIN
    }

    public static final Cluster NONE = new Cluster(
            "",
            "127.0.0.1",
            7800,
            7801,
            7802,
            "",
            "",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Routing.TWO_CHOICES,
            Duration.ofMillis(500),
            Duration.ofSeconds(3),
            1024,
            64);

    public boolean alone() {
        return nodeId.isEmpty();
    }
}
