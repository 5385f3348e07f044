package io.millrace.verticles.app;

import static io.millrace.verticles.testing.RealNode.await;
import static io.millrace.verticles.testing.TestReplica.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.api.ErrorCode;
import io.millrace.api.Prompt;
import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import io.millrace.api.TokenEvent;
import io.millrace.client.TokenClients;
import io.millrace.verticles.app.config.NodeConfig;
import io.millrace.verticles.cluster.ClusterSetup;
import io.millrace.verticles.peer.NodeIdentity;
import io.millrace.verticles.peer.stage.StagePlace;
import io.millrace.verticles.testing.MetricsText;
import io.millrace.verticles.testing.ReadEvents;
import io.millrace.verticles.testing.RealNode;
import io.millrace.verticles.testing.TestCluster;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whole nodes, in one JVM: a head with the clients, and nodes of the later stages. */
class StagedNodeTest {
    private static final Path GOLDEN = Path.of("../runtime/ort/src/test/resources/golden/english.json");
    private static final String TINY = "random:tiny";

    private final List<StageNode> stages = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void stop() throws Exception {
        http.close();
        for (StageNode stage : stages) {
            await(stage.close());
        }
    }

    @Test
    void smolLm2OverThreeNodesGivesTheTokensOfOne() throws Exception {
        JsonNode golden = new ObjectMapper().readTree(GOLDEN.toFile());
        Request request = request(ints(golden.get("prompt_ids")), 24);
        Map<String, String> settings = Map.of("limits.context-tokens", "512", "limits.token-budget", "512");
        Node whole = RealNode.start(settings);
        List<Integer> expected = generate(whole, request);
        await(whole.close());
        List<Integer> first =
                Arrays.stream(ints(golden.get("continuation"))).limit(4).boxed().toList();
        assertEquals(first, expected.subList(0, 4));

        serve(settings, RealNode.model(), new StagePlace(1, 3), 0);
        serve(settings, RealNode.model(), new StagePlace(2, 3), 0);
        Node head = await(Node.start(headOf(settings), RealNode.model()));
        assertEquals(expected, generate(head, request));
        await(head.close());
    }

    @Test
    void theLossOfAStageEndsItsStreamsAndTheHeadServesAgainWhenItIsBack() throws Exception {
        Map<String, String> settings = Map.of("model", TINY, "device", "host", "limits.max-batch", "4");
        Path model = Path.of(TINY);
        Node whole = await(Node.start(RealNode.config(settings), model));
        Request request = request(new int[] {5, 6, 7}, 20);
        List<Integer> expected = generate(whole, request);
        await(whole.close());

        serve(settings, model, new StagePlace(1, 2), 0);
        int port = stages.getFirst().port();
        Node head = await(Node.start(headOf(settings), model));
        assertEquals(expected, generate(head, request));
        assertEquals(200, ready(head));
        List<TokenEvent> endless = reading(head, request(new int[] {5, 6, 7}, 0));
        eventually("it runs", () -> endless.stream().anyMatch(TokenEvent.Token.class::isInstance));
        await(stages.removeFirst().close());
        eventually("it ends", () -> endless.getLast().terminal());
        Rejection error = ((TokenEvent.Finished) endless.getLast()).error().orElseThrow();
        assertEquals(ErrorCode.UNAVAILABLE, error.code());
        assertTrue(error.code().retryable());
        eventually("it is not ready", () -> ready(head) == 503);
        assertFalse(head.fatal().isComplete());

        serve(settings, model, new StagePlace(1, 2), port);
        eventually("it is ready", () -> ready(head) == 200);
        assertEquals(expected, generate(head, request));
        await(head.close());
    }

    @Test
    void inAClusterAnotherNodeGoesOnWithTheStreamsOfALostStage() throws Exception {
        Map<String, String> settings = Map.of(
                "model", TINY,
                "device", "host",
                "limits.max-batch", "4",
                "cluster.routing", "round-robin");
        Path model = Path.of(TINY);
        TestCluster members = new TestCluster("ours", 2);
        Node other = await(Node.start(RealNode.config(member(settings, members, 1)), model));
        Request request = request(new int[] {5, 6, 7}, 1_500);
        List<Integer> expected = generate(other, request);

        serve(settings, model, new StagePlace(1, 2), 0);
        Map<String, String> headSettings = member(settings, members, 0);
        headSettings.put("stages.nodes", "127.0.0.1:" + stages.getFirst().port());
        Node head = await(Node.start(RealNode.config(headSettings), model));
        try (MetricsText metrics = new MetricsText(head);
                MetricsText others = new MetricsText(other)) {
            eventually(
                    "they know each other",
                    () -> metrics.value("millrace_cluster_nodes") == 2 && others.value("millrace_cluster_nodes") == 2);
            List<List<TokenEvent>> streams = Stream.of(head, other, head, other)
                    .map(ingress -> reading(ingress, request))
                    .toList();
            eventually(
                    "each node has some",
                    () -> streams.stream()
                            .allMatch(events -> events.stream().anyMatch(TokenEvent.Token.class::isInstance)));
            await(stages.removeFirst().close());
            streams.forEach(events -> assertEquals(expected, ids(events)));
            double handovers = metrics.value("millrace_cluster_handovers_total")
                    + others.value("millrace_cluster_handovers_total");
            assertEquals(2, handovers, "those that the head computed");
            assertEquals(503, ready(head));
            assertEquals(200, ready(other));
            assertEquals(expected, generate(other, request), "nothing new goes to the head");
        }
        await(head.close());
        await(other.close());
    }

    private static Map<String, String> member(Map<String, String> settings, TestCluster cluster, int node)
            throws IOException {
        Map<String, String> all = keys(settings, node);
        ClusterSetup setup = cluster.setup(node);
        all.put("cluster.node-id", setup.nodeId());
        all.put("cluster.membership-port", Integer.toString(setup.membershipPort()));
        all.put("cluster.bus-port", "0");
        all.put("cluster.peer-port", "0");
        all.put(
                "cluster.peers",
                setup.peers().stream()
                        .map(peer -> peer.getHostString() + ":" + peer.getPort())
                        .collect(Collectors.joining(",")));
        return all;
    }

    private void serve(Map<String, String> settings, Path model, StagePlace place, int port) throws Exception {
        Map<String, String> all = keys(settings, 1);
        all.put("stages.port", Integer.toString(port));
        stages.add(await(StageNode.start(RealNode.config(all), model, place)));
    }

    private NodeConfig headOf(Map<String, String> settings) throws IOException {
        Map<String, String> all = keys(settings, 0);
        all.put(
                "stages.nodes",
                stages.stream().map(stage -> "127.0.0.1:" + stage.port()).collect(Collectors.joining(",")));
        return RealNode.config(all);
    }

    private static Map<String, String> keys(Map<String, String> settings, int node) throws IOException {
        NodeIdentity identity = new TestCluster("ours", 2).setup(node).identity();
        Map<String, String> all = new HashMap<>(settings);
        all.put("cluster.certificate", identity.certificate().toString());
        all.put("cluster.key", identity.key().toString());
        all.put("cluster.ca", identity.authority().toString());
        return all;
    }

    private static Request request(int[] prompt, int maxTokens) {
        return new Request("", new Prompt.Tokens(prompt), SamplingParams.GREEDY, maxTokens, List.of());
    }

    private static int[] ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }

    private static List<Integer> generate(Node node, Request request) {
        return ids(reading(node, request));
    }

    private static List<Integer> ids(List<TokenEvent> events) {
        eventually("an end", () -> !events.isEmpty() && events.getLast().terminal());
        return ReadEvents.ids(events);
    }

    private static List<TokenEvent> reading(Node node, Request request) {
        List<TokenEvent> events = new CopyOnWriteArrayList<>();
        TokenClients.inProcess(node.source()).generate(request).subscribe().with(events::add);
        return events;
    }

    private int ready(Node node) {
        URI uri = URI.create("http://127.0.0.1:" + node.httpPort() + "/health/ready");
        try {
            return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
