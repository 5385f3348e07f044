package io.millrace.verticles.testing;

import io.millrace.cluster.ReplicaLoad;
import io.millrace.cluster.Router;
import io.millrace.cluster.Work;
import io.millrace.verticles.cluster.ClusterKeys;
import io.millrace.verticles.cluster.ClusterSetup;
import io.millrace.verticles.peer.NodeIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Setups of nodes on loopback that know each other, with certificates of one authority. */
public final class TestCluster {
    private static final String HOST = "127.0.0.1";
    /** Kept between tests: keytool takes a second for each. */
    private static final Path FOLDER = Path.of("target/cluster-keys").toAbsolutePath();

    /** Sends everything to one node as long as it is there. */
    private record Preferred(String node) implements Router {
        @Override
        public ReplicaLoad choose(Work work, List<ReplicaLoad> candidates) {
            return candidates.stream()
                    .filter(load -> load.node().equals(node))
                    .findFirst()
                    .orElse(candidates.getFirst());
        }
    }

    private final List<InetSocketAddress> members;
    private final List<NodeIdentity> identities = new ArrayList<>();

    /** @param authority whose certificates they have; nodes of two authorities refuse each other */
    public TestCluster(String authority, int nodes) throws IOException {
        this(authority, freePorts(nodes));
    }

    /** @param ports of membership, one for each node */
    public TestCluster(String authority, List<Integer> ports) throws IOException {
        members = ports.stream()
                .map(port -> InetSocketAddress.createUnresolved(HOST, port))
                .toList();
        for (int i = 0; i < ports.size(); i++) {
            identities.add(identity(authority, "node-" + i));
        }
    }

    private static synchronized NodeIdentity identity(String authority, String node) throws IOException {
        Path folder = FOLDER.resolve(authority);
        NodeIdentity made = new NodeIdentity(
                folder.resolve(node + ".pem"), folder.resolve(node + "-key.pem"), folder.resolve("ca.pem"));
        return Files.exists(made.key()) ? made : new ClusterKeys(folder).make(node, HOST);
    }

    public ClusterSetup setup(int index) {
        return setup(index, identities.get(index));
    }

    public ClusterSetup setup(int index, NodeIdentity identity) {
        return setup("node-" + index, index, identity, () -> new Preferred("node-1"));
    }

    public ClusterSetup setup(int index, Supplier<Router> router) {
        return setup("node-" + index, index, identities.get(index), router);
    }

    /** A node with the id of another. */
    public ClusterSetup named(String id, int index) {
        return setup(id, index, identities.get(index), () -> new Preferred("node-1"));
    }

    private ClusterSetup setup(String id, int index, NodeIdentity identity, Supplier<Router> router) {
        return new ClusterSetup(
                id,
                HOST,
                members.get(index).getPort(),
                0,
                0,
                members,
                Optional.empty(),
                identity,
                router,
                Duration.ofMillis(100),
                Duration.ofSeconds(2),
                16,
                16);
    }

    /** Ports that nobody had a moment ago, all different. */
    public static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST));
            sockets.add(socket);
            ports.add(socket.getLocalPort());
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        return ports;
    }
}
