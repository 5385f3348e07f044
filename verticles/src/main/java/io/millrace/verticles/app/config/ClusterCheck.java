package io.millrace.verticles.app.config;

import java.util.Arrays;
import java.util.regex.Pattern;

/** What must hold between the settings of a cluster. */
final class ClusterCheck {
    private static final Pattern NODE_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Pattern HOST_AND_PORT = Pattern.compile("[^\\s:]+:\\d{1,5}");

    private ClusterCheck() {}

    /** @throws ConfigException for the first rule that does not hold */
    static void check(Cluster cluster) {
        if (cluster.alone()) {
            return;
        }
        require(
                NODE_ID.matcher(cluster.nodeId()).matches(),
                "cluster.node-id: \"" + cluster.nodeId()
                        + "\" is not made of letters, digits, dots and dashes, 63 at most");
        requireKeys(cluster);
        require(
                cluster.peers().isEmpty() || cluster.dns().isEmpty(),
                "cluster.peers and cluster.dns are two ways to find the nodes: set one of them");
        Arrays.stream(cluster.peers().split(","))
                .map(String::strip)
                .filter(peer -> !peer.isEmpty())
                .forEach(peer -> requireHostAndPort("cluster.peers", peer));
        require(
                cluster.hintTtl().compareTo(cluster.hintInterval().multipliedBy(2)) >= 0,
                "cluster.hint-ttl must be at least twice cluster.hint-interval, or a late hint loses a node");
    }

    /** Whoever talks to another node needs them, in a cluster or not. */
    static void requireKeys(Cluster cluster) {
        require(
                cluster.certificate().isPresent()
                        && cluster.key().isPresent()
                        && cluster.ca().isPresent(),
                "cluster.certificate, cluster.key and cluster.ca are all needed: nodes trust nobody without;"
                        + " ./millrace cluster-keys makes them");
    }

    static void requireHostAndPort(String key, String text) {
        require(HOST_AND_PORT.matcher(text).matches(), key + ": \"" + text + "\" is not HOST:PORT");
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new ConfigException(message);
        }
    }
}
