package io.millrace.verticles.edge;

import static io.millrace.verticles.testing.ServedCluster.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.verticles.cluster.ClusterKeys;
import io.millrace.verticles.peer.NodeIdentity;
import io.millrace.verticles.testing.CountingProvider;
import io.millrace.verticles.testing.MetricsText;
import io.millrace.verticles.testing.ResumingLoad;
import io.millrace.verticles.testing.ServedNode;
import io.millrace.verticles.testing.TestCluster;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes, {@code serve --role center} and {@code serve --role edge}; everything is escalated. */
class ServedEdgeIT {
    private static final Path LOGS = Path.of("target/served-edge").toAbsolutePath();
    private static final int CLIENTS = 6;
    private static final String ESCALATED = "millrace_edge_requests_total{reason=\"always\",tier=\"center\"}";

    @TempDir
    private Path folder;

    private List<Integer> ports;
    private ServedNode center;
    private ServedNode edge;
    private MetricsText edgeMetrics;
    private ResumingLoad load;

    @BeforeEach
    void start() throws IOException {
        ports = TestCluster.freePorts(5);
        ClusterKeys keys = new ClusterKeys(folder.resolve("keys"));
        center = node("center", 0, keys.make("center", "127.0.0.1"), "edge.port=" + ports.get(4));
        edge = node(
                "edge",
                2,
                keys.make("edge", "127.0.0.1"),
                "edge.center=127.0.0.1:" + ports.get(4),
                "edge.policy=always");
        edgeMetrics = new MetricsText(ports.get(2));
        URI server = URI.create("ws://127.0.0.1:" + ports.get(2) + "/v1/stream");
        load = new ResumingLoad(Collections.nCopies(CLIENTS, List.of(server)), 7);
        eventually("the edge has found its center", () -> edgeMetrics.value("millrace_edge_center_up") == 1);
    }

    @AfterEach
    void stop() throws InterruptedException {
        load.close();
        edge.kill();
        center.kill();
        edgeMetrics.close();
    }

    private ServedNode node(String role, int port, NodeIdentity keys, String... settings) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("serve", "--role", role));
        arguments.addAll(List.of("--model", ServedNode.MODEL, "--device", CountingProvider.DEVICE));
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("http-port=" + ports.get(port));
        all.add("quic-port=" + ports.get(port + 1));
        all.add("cache-dir=" + folder.resolve("cache-" + role));
        all.add("event-loops=2");
        all.add("edge.certificate=" + keys.certificate());
        all.add("edge.key=" + keys.key());
        all.add("edge.ca=" + keys.authority());
        all.forEach(setting -> arguments.addAll(List.of("--set", setting)));
        return new ServedNode(
                List.of(),
                folder.resolve("never"),
                arguments,
                LOGS.resolve(folder.getFileName() + "-" + role + ".log"));
    }

    @Test
    void theEdgeGoesOnForACenterThatHangsAndUsesItAgainWhenItDoesNot() throws Exception {
        List<CompletableFuture<Void>> asked = load.ask();
        eventually("tokens come", () -> load.tokens() > 5 * CLIENTS);
        signal("STOP");
        load.finish(asked);
        assertTrue(edgeMetrics.value("millrace_edge_takeovers_total") > 0, "nothing was taken over");
        eventually("the center is missed", () -> edgeMetrics.value("millrace_edge_center_up") == 0);
        signal("CONT");
        eventually("the center is back", () -> edgeMetrics.value("millrace_edge_center_up") == 1);
        double before = edgeMetrics.value(ESCALATED);
        load.finish(load.ask());
        assertEquals(before + CLIENTS, edgeMetrics.value(ESCALATED));
        ResumingLoad.Outcome outcome = load.outcome();
        assertEquals(outcome.requests(), outcome.right(), outcome::toString);
    }

    private void signal(String name) throws Exception {
        assertEquals(
                0,
                new ProcessBuilder("kill", "-" + name, Long.toString(center.pid()))
                        .inheritIO()
                        .start()
                        .waitFor());
    }
}
