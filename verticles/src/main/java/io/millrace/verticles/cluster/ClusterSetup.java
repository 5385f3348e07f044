package io.millrace.verticles.cluster;

import io.millrace.cluster.Router;
import io.millrace.verticles.peer.NodeIdentity;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a node has to know to be part of a cluster.
 *
 * @param nodeId         no two nodes have the same
 * @param host           address that this node listens on and others reach it at
 * @param membershipPort TCP port of the membership channel
 * @param busPort        TCP port of the event bus, which carries hints; 0 takes a free one
 * @param peerPort       TCP port of token streams; 0 takes a free one
 * @param peers          membership addresses of other nodes, some of which may be down
 * @param dns            a name whose addresses are the nodes; in place of peers
 * @param router         makes a policy; each event loop has one of its own
 * @param hintInterval   between two hints of a node
 * @param hintTtl        how long a hint counts; a node not heard of for so long gets nothing, and its streams move
 * @param maxNodes       nodes whose hints are kept; of one more the one heard longest ago is dropped
 * @param tokenWindow    tokens that may be under way from node to node for one stream; then its sequence stalls
 */
public record ClusterSetup(
        String nodeId,
        String host,
        int membershipPort,
        int busPort,
        int peerPort,
        List<InetSocketAddress> peers,
        Optional<String> dns,
        NodeIdentity identity,
        Supplier<Router> router,
        Duration hintInterval,
        Duration hintTtl,
        int maxNodes,
        int tokenWindow) {
    public ClusterSetup {
        peers = List.copyOf(peers);
    }
}
