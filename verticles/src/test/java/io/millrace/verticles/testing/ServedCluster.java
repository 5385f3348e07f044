package io.millrace.verticles.testing;

import io.millrace.verticles.cluster.ClusterKeys;
import io.millrace.verticles.peer.NodeIdentity;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Nodes of one cluster, each a {@link ServedNode} on a host of its own, started, killed and cut off at will. */
public final class ServedCluster implements AutoCloseable {
    public static final String KEY = "5d0c3b8e7f6a4912a3b4c5d6e7f80912";

    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final Duration POLL = Duration.ofMillis(50);
    private static final int HTTP_PORT = 8080;
    private static final int QUIC_PORT = 4433;
    private static final Path LOGS = Path.of("target/served-nodes").toAbsolutePath();

    public final ClusterNetwork network;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final Path folder;
    private final int nodes;
    private final int spare;
    private final List<NodeIdentity> identities = new ArrayList<>();
    private final Map<Integer, ServedNode> running = new HashMap<>();

    /**
     * Hosts and certificates; no node runs yet.
     *
     * @param folder for files
     * @param nodes  of the cluster
     * @param spare  more hosts, with certificates, for nodes that a test starts itself
     */
    public ServedCluster(Path folder, int nodes, int spare) throws IOException {
        this.folder = folder;
        this.nodes = nodes;
        this.spare = spare;
        network = new ClusterNetwork(nodes + spare);
        ClusterKeys keys = new ClusterKeys(folder.resolve("keys"));
        for (int i = 0; i < nodes + spare; i++) {
            identities.add(keys.make("node-" + i, network.clusterHost(i)));
        }
        Files.writeString(folder.resolve("api-keys"), hash(KEY) + " tester\n");
    }

    private static String hash(String key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** As {@link TestReplica#eventually}, with the patience that starting processes on a busy machine needs. */
    public static void eventually(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("never: " + what);
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    public int nodes() {
        return nodes;
    }

    public ServedNode node(int i) {
        return running.get(i);
    }

    public NodeIdentity identity(int i) {
        return identities.get(i);
    }

    /** @param settings as {@code limits.drain-timeout=5s} */
    public ServedNode start(int i, String... settings) throws IOException {
        return start(i, "node-" + i, identities.get(i), settings);
    }

    /** A node that may call itself what it likes and show any certificate. */
    public ServedNode start(int i, String id, NodeIdentity identity, String... settings) throws IOException {
        Path file = Files.writeString(folder.resolve("cluster-" + i + ".yaml"), clusterFile(i, id, identity));
        List<String> arguments = new ArrayList<>(List.of(
                "serve",
                "--cluster",
                file.toString(),
                "--model",
                ServedNode.MODEL,
                "--device",
                CountingProvider.DEVICE));
        Map<String, String> all = new HashMap<>(Map.of(
                "host", "0.0.0.0",
                "http-port", Integer.toString(HTTP_PORT),
                "quic-port", Integer.toString(QUIC_PORT),
                "api-keys-file", folder.resolve("api-keys").toString(),
                "cache-dir", folder.resolve("cache-" + i).toString(),
                "event-loops", "2"));
        Arrays.stream(settings).map(setting -> setting.split("=", 2)).forEach(pair -> all.put(pair[0], pair[1]));
        all.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
        Path log = LOGS.resolve(folder.getFileName() + "-" + id + ".log");
        ServedNode node = new ServedNode(network.prefix(i), exhaustion(i), arguments, log);
        running.put(i, node);
        return node;
    }

    /** The node runs out of memory once this file is there. */
    public Path exhaustion(int i) {
        return folder.resolve("exhaust-" + i);
    }

    private String clusterFile(int i, String id, NodeIdentity identity) {
        String peers = IntStream.range(0, nodes + spare)
                .mapToObj(peer -> network.clusterHost(peer) + ":7800")
                .collect(Collectors.joining(","));
        return """
                node-id: %s
                host: %s
                peers: %s
                certificate: %s
                key: %s
                ca: %s
                """.formatted(
                id, network.clusterHost(i), peers, identity.certificate(), identity.key(), identity.authority());
    }

    /** Starts all, one after another as an operator would, and waits until each knows of all. */
    public void startAll(String... settings) throws IOException {
        for (int i = 0; i < nodes; i++) {
            start(i, settings);
        }
        awaitMembers(nodes);
    }

    /** Ends a node at once, and forgets it. */
    public void remove(int i) throws InterruptedException {
        running.remove(i).kill();
    }

    /** Until every node of the cluster hears of {@code count} nodes, itself included. */
    public void awaitMembers(int count) {
        for (int i = 0; i < nodes; i++) {
            int node = i;
            eventually("node " + node + " hears of " + count, () -> metric(node, "millrace_cluster_nodes") == count);
        }
    }

    public URI http(int i, String path) {
        return URI.create("http://" + network.clientHost(i) + ":" + HTTP_PORT + path);
    }

    public URI webSocket(int i) {
        return URI.create("ws://" + network.clientHost(i) + ":" + HTTP_PORT + "/v1/stream");
    }

    public URI quic(int i) {
        return URI.create("quic://" + network.clientHost(i) + ":" + QUIC_PORT);
    }

    public boolean ready(int i) {
        return get(i, "/health/ready").startsWith("ready");
    }

    /** NaN where the node does not answer. */
    public double metric(int i, String name) {
        return get(i, "/metrics")
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElse(Double.NaN);
    }

    private String get(int i, String path) {
        HttpRequest request = HttpRequest.newBuilder(http(i, path))
                .header("Authorization", "Bearer " + KEY)
                .timeout(Duration.ofSeconds(5))
                .build();
        try {
            return http.send(request, BodyHandlers.ofString()).body();
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        for (ServedNode node : running.values()) {
            try {
                node.kill();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        network.close();
        http.close();
    }
}
