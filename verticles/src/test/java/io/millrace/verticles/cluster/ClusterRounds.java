package io.millrace.verticles.cluster;

import static io.millrace.verticles.testing.ServedCluster.eventually;

import io.millrace.verticles.testing.ResumingLoad;
import io.millrace.verticles.testing.ServedCluster;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * What happens to a cluster of {@code serve --cluster} processes, while clients that resume read: their own nodes are killed, the
 * network is cut in two, all nodes are restarted in turn. Run by hand for the figures of loadtest/RESULTS.md, and by
 * {@link ServedClusterIT} for a few rounds.
 */
final class ClusterRounds implements AutoCloseable {
    private static final Duration STOPPED = Duration.ofSeconds(90);
    private static final String RUNNING = "millrace_num_requests_running";

    final ServedCluster cluster;
    private final Random random;
    private final ResumingLoad load;
    private final String[] settings;
    private final boolean quic;

    /** Starts all. Clients spread their first choices over the nodes, and each knows all of them. */
    ClusterRounds(Path folder, long seed, int nodes, int spare, int clients, String... settings) throws IOException {
        this(folder, seed, nodes, spare, clients, false, settings);
    }

    /** @param quic what clients speak; else WebSocket */
    ClusterRounds(Path folder, long seed, int nodes, int spare, int clients, boolean quic, String... settings)
            throws IOException {
        this.settings = settings;
        this.quic = quic;
        random = new Random(seed);
        cluster = new ServedCluster(folder, nodes, spare);
        load = new ResumingLoad(
                IntStream.range(0, clients).mapToObj(this::servers).toList(), seed);
        try {
            cluster.startAll(settings);
        } catch (IOException | AssertionError e) {
            close();
            throw e;
        }
    }

    ResumingLoad load() {
        return load;
    }

    void startAgain(int node) throws IOException {
        cluster.start(node, settings);
        cluster.awaitMembers(cluster.nodes());
    }

    private List<URI> servers(int client) {
        return IntStream.range(0, cluster.nodes())
                .map(i -> (client + i) % cluster.nodes())
                .mapToObj(quic ? cluster::quic : cluster::webSocket)
                .toList();
    }

    /** Arguments: what, seed, rounds or seconds of partition, nodes, clients; then {@code quic} for clients that speak it. */
    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[2]);
        Path folder = Files.createTempDirectory("millrace-" + arguments[0]);
        try (ClusterRounds rounds = new ClusterRounds(
                folder,
                Long.parseLong(arguments[1]),
                Integer.parseInt(arguments[3]),
                0,
                Integer.parseInt(arguments[4]),
                arguments.length > 5 && arguments[5].equals("quic"),
                "limits.drain-timeout=2s")) {
            switch (arguments[0]) {
                case "kill" -> rounds.repeat(count, rounds::killOne);
                case "restart" -> rounds.repeat(count, rounds::restartAll);
                case "partition" -> rounds.partition(Duration.ofSeconds(count));
                default -> throw new IllegalArgumentException("kill, restart or partition, not " + arguments[0]);
            }
        }
        Runtime.getRuntime().halt(0);
    }

    private interface Round {
        void run() throws Exception;
    }

    private void repeat(int rounds, Round round) throws Exception {
        long begun = System.nanoTime();
        for (int i = 1; i <= rounds; i++) {
            round.run();
            System.out.println(
                    "round " + i + ", " + (System.nanoTime() - begun) / 1_000_000_000 + " s: " + load.outcome());
        }
    }

    ResumingLoad.Outcome outcome() {
        return load.outcome();
    }

    /** SIGKILL to one node, ingress of some of the clients, amid a request of each; the next round finds it back. */
    void killOne() throws Exception {
        long before = load.tokens();
        List<CompletableFuture<Void>> asked = load.ask();
        long due = before + asked.size() * (5L + random.nextInt(30));
        eventually("some tokens came", () -> load.tokens() >= due);
        int victim = random.nextInt(cluster.nodes());
        cluster.node(victim).kill();
        cluster.start(victim, settings);
        load.finish(asked);
        cluster.awaitMembers(cluster.nodes());
    }

    /** SIGTERM to one node after another, under load; each is back before the next one goes. */
    void restartAll() throws Exception {
        List<CompletableFuture<Void>> asked = load.keepAsking();
        for (int i = 0; i < cluster.nodes(); i++) {
            long due = load.tokens() + 100;
            eventually("the clients are served", () -> load.tokens() >= due);
            cluster.node(i).terminate();
            int code = cluster.node(i).await(STOPPED);
            if (code != 0) {
                throw new AssertionError("node " + i + " ended with " + code);
            }
            startAgain(i);
        }
        load.finish(asked);
    }

    /** Half of the nodes and the others do not hear each other for a while, under load; clients hear all. */
    void partition(Duration length) throws Exception {
        List<CompletableFuture<Void>> asked = load.keepAsking();
        long due = load.tokens() + 200;
        eventually("the clients are served", () -> load.tokens() >= due);
        int half = cluster.nodes() / 2;
        cluster.network.partition(Set.copyOf(IntStream.range(0, half).boxed().toList()));
        say("cut");
        long cut = System.nanoTime();
        // The time is what is looked at here: nothing tells when a partition has lasted long enough.
        while (System.nanoTime() - cut < length.toNanos()) {
            Thread.sleep(1000);
            say("in parts");
        }
        say("heals");
        cluster.network.heal();
        cluster.awaitMembers(cluster.nodes());
        say("whole again after " + (System.nanoTime() - cut - length.toNanos()) / 1_000_000 + " ms");
        load.finish(asked);
        for (int i = 0; i < cluster.nodes(); i++) {
            int node = i;
            eventually("no slot of node " + i + " is left taken", () -> cluster.metric(node, RUNNING) == 0);
        }
        say("no slot taken");
    }

    private void say(String what) {
        List<String> nodes = new ArrayList<>();
        for (int i = 0; i < cluster.nodes(); i++) {
            nodes.add((int) cluster.metric(i, "millrace_cluster_nodes") + " known, " + (int) cluster.metric(i, RUNNING)
                    + " running");
        }
        System.out.println(what + ": " + nodes + " " + load.outcome());
    }

    @Override
    public void close() {
        load.close();
        cluster.close();
    }
}
