package io.millrace.verticles.cluster;

import static io.millrace.verticles.testing.ServedCluster.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.verticles.peer.NodeIdentity;
import io.millrace.verticles.testing.ClusterNetwork;
import io.millrace.verticles.testing.PacketCapture;
import io.millrace.verticles.testing.ResumingLoad;
import io.millrace.verticles.testing.ServedCluster;
import io.millrace.verticles.testing.ServedNode;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three processes of {@code millrace serve --cluster} on hosts of their own, and what may befall them. Aborted, as JUnit calls it,
 * where network namespaces may not be made.
 */
class ServedClusterIT {
    private static final int NODES = 3;
    private static final int CLIENTS = 6;
    /** A host without a node of the cluster. */
    private static final int SPARE = 3;

    private static final String MARKER = "xyzzyplughplover";
    private static final int SENT = 3;
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    @TempDir
    private static Path folder;

    private static ClusterRounds rounds;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(ClusterNetwork.permitted(), "needs root and iproute2: hosts are network namespaces");
        rounds = new ClusterRounds(folder, 42, NODES, 1, CLIENTS, "limits.drain-timeout=1s");
    }

    @AfterAll
    static void stop() {
        if (rounds != null) {
            rounds.close();
        }
    }

    @AfterEach
    void everyAnswerWasRight() {
        ResumingLoad.Outcome outcome = rounds.outcome();
        assertEquals(outcome.requests(), outcome.right(), outcome::toString);
    }

    @Test
    void clientsWhoseOwnNodeIsKilledLoseNothing() throws Exception {
        rounds.killOne();
        rounds.killOne();
    }

    @Test
    void bothPartsOfACutNetworkServeAndMeetAgain() throws Exception {
        rounds.partition(Duration.ofSeconds(5));
    }

    @Test
    void aRestartOfOneNodeAfterAnotherIsNotSeenByClients() throws Exception {
        rounds.restartAll();
    }

    @Test
    void aNodeThatRunsOutOfMemoryEndsAndItsStreamsGoOn() throws Exception {
        ResumingLoad load = rounds.load();
        long due = load.tokens() + 50;
        List<CompletableFuture<Void>> asked = load.keepAsking();
        eventually("the clients are served", () -> load.tokens() >= due);
        Path exhaust = rounds.cluster.exhaustion(1);
        Files.createFile(exhaust);
        assertEquals(3, rounds.cluster.node(1).await(PATIENCE), "the exit code of ExitOnOutOfMemoryError");
        Files.delete(exhaust);
        rounds.startAgain(1);
        load.finish(asked);
    }

    @Test
    void nobodyOnTheWayBetweenNodesCanReadPromptsOrTokens() throws Exception {
        ServedCluster cluster = rounds.cluster;
        var between = new PacketCapture(
                cluster.network.prefix(0), ClusterNetwork.clusterInterface(), folder.resolve("between"));
        var toClients = new PacketCapture(
                cluster.network.prefix(0), ClusterNetwork.clientInterface(), folder.resolve("clients"));
        // Longer than all that nodes say to each other beside it while this test runs.
        String prompt = MARKER.repeat(100);
        double sent = sentToOthers();
        do {
            complete(prompt);
        } while (sentToOthers() < sent + SENT);
        assertTrue(toClients.stop().contains(MARKER), "plain HTTP is captured");
        String packets = between.stop();
        assertTrue(packets.length() > SENT * prompt.length(), "the prompts are among it: " + packets.length());
        // The ids of this model's prompts are their bytes, so this finds both text and ids.
        assertFalse(packets.contains(MARKER));
    }

    private static double sentToOthers() {
        return rounds.cluster.metric(0, "millrace_cluster_sequences_sent_total");
    }

    private static void complete(String prompt) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(rounds.cluster.http(0, "/v1/completions"))
                .header("Authorization", "Bearer " + ServedCluster.KEY)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(
                        "{\"prompt\": \"" + prompt + "\", \"max_tokens\": 4, \"temperature\": 0}"))
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            assertEquals(200, http.send(request, BodyHandlers.discarding()).statusCode());
        }
    }

    @Test
    void aSecondNodeWithTheSameIdSaysSo() throws Exception {
        ServedCluster cluster = rounds.cluster;
        ServedNode twin = cluster.start(SPARE, "node-1", cluster.identity(SPARE));
        eventually(
                "it says why", () -> twin.said().contains("cluster.node-id: \"node-1\" is the id of a running node"));
        cluster.remove(SPARE);
        cluster.awaitMembers(NODES);
    }

    @Test
    void aNodeWithACertificateOfAnotherAuthorityIsRefusedAndBothSidesSaySo() throws Exception {
        ServedCluster cluster = rounds.cluster;
        NodeIdentity foreign =
                new ClusterKeys(folder.resolve("foreign")).make("stranger", cluster.network.clusterHost(SPARE));
        ServedNode stranger = cluster.start(SPARE, "stranger", foreign);
        eventually("it is refused", () -> stranger.said().contains("certificate of another authority"));
        eventually(
                "a node of the cluster says whom it refused",
                () -> cluster.node(0).said().contains("certificate of another authority")
                        || cluster.node(1).said().contains("certificate of another authority")
                        || cluster.node(2).said().contains("certificate of another authority"));
        cluster.awaitMembers(NODES);
        cluster.remove(SPARE);
    }

    @Test
    void aNodeOnAFullDiskSaysWhichFileAndTheOthersGoOn() throws Exception {
        ServedCluster cluster = rounds.cluster;
        Path full = Files.createDirectory(folder.resolve("full"));
        mount("-t", "tmpfs", "-o", "size=4k", "tmpfs", full.toString());
        try {
            ServedNode node = cluster.start(SPARE, "cache-dir=" + full);
            assertEquals(1, node.await(PATIENCE));
            assertTrue(node.said().contains(full.toString()), node.said());
            assertTrue(node.said().contains("No space left on device"), node.said());
        } finally {
            new ProcessBuilder("umount", full.toString()).start().waitFor();
        }
        cluster.awaitMembers(NODES);
    }

    private static void mount(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("mount"));
        command.addAll(List.of(arguments));
        assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
    }
}
