package io.millrace.verticles.app;

import static io.millrace.verticles.testing.ServedCluster.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.api.ErrorCode;
import io.millrace.api.Prompt;
import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import io.millrace.api.TokenEvent;
import io.millrace.client.ClientOptions;
import io.millrace.client.TokenClient;
import io.millrace.client.TokenClients;
import io.millrace.verticles.peer.NodeIdentity;
import io.millrace.verticles.testing.ReadEvents;
import io.millrace.verticles.testing.RealNode;
import io.millrace.verticles.testing.ServedNode;
import io.millrace.verticles.testing.TestCluster;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real model in three processes, {@code serve --stages} and two of {@code serve-stage}, one of which is killed. */
class ServedStagesIT {
    private static final Path GOLDEN = Path.of("../runtime/ort/src/test/resources/golden/english.json");
    private static final Path LOGS = Path.of("target/served-stages").toAbsolutePath();
    /** One thread each: more would spin against each other on a machine of few cores. */
    private static final Map<String, String> SETTINGS = Map.of(
            "limits.context-tokens", "512",
            "limits.token-budget", "512",
            "limits.max-batch", "4",
            "event-loops", "2",
            "threads", "1");

    /** The first error is what is looked at; by default this client would ask again until the head is back. */
    private static final ClientOptions ONCE =
            ClientOptions.DEFAULTS.withRetries(0, Duration.ofMillis(100), Duration.ofMillis(100), 0);

    private static final int STAGES = 3;
    /** Two more than run at once: those wait when the stage dies. */
    private static final int STREAMS = 6;

    private static final int TOKENS = 60;

    @TempDir
    private Path folder;

    private final List<ServedNode> nodes = new ArrayList<>();
    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private List<Integer> ports;

    @AfterEach
    void stop() throws Exception {
        for (ServedNode node : nodes) {
            node.kill();
        }
        http.close();
        vertx.close().await();
    }

    @Test
    void aStageThatIsKilledEndsItsStreamsAndTheHeadServesAgainWhenItIsBack() throws Exception {
        Request request = request();
        Node whole = RealNode.start(SETTINGS);
        List<Integer> expected = ids(reading(TokenClients.inProcess(whole.source()), request));
        RealNode.await(whole.close());

        ports = TestCluster.freePorts(STAGES + 1);
        for (int stage = 1; stage < STAGES; stage++) {
            nodes.add(stage(stage));
        }
        nodes.add(head());
        eventually("the head is ready", () -> ready() == 200);
        URI server = URI.create("ws://127.0.0.1:" + ports.getFirst() + "/v1/stream");
        try (TokenClient client = TokenClients.connect(vertx, server, ONCE)) {
            assertEquals(expected, ids(reading(client, request)), "three processes give the tokens of one");

            List<List<TokenEvent>> streams = IntStream.range(0, STREAMS)
                    .mapToObj(i -> reading(client, request))
                    .toList();
            eventually(
                    "tokens come",
                    () -> streams.stream().flatMap(List::stream).anyMatch(TokenEvent.Token.class::isInstance));
            nodes.get(0).kill();
            streams.forEach(events -> endsWholeOrAsksToTryAgain(events, expected));
            assertTrue(streams.stream().anyMatch(events -> ids(events).size() < TOKENS), "nothing was cut");
            eventually("the head is not ready", () -> ready() == 503);

            nodes.set(0, stage(1));
            eventually("the head is ready again", () -> ready() == 200);
            assertEquals(expected, ids(reading(client, request)), "as before");
        }
    }

    private static void endsWholeOrAsksToTryAgain(List<TokenEvent> events, List<Integer> expected) {
        List<Integer> ids = ids(events);
        assertEquals(expected.subList(0, ids.size()), ids);
        Optional<Rejection> error = switch (events.getLast()) {
            case TokenEvent.Finished finished -> finished.error();
            case TokenEvent.Rejected rejected -> Optional.of(rejected.rejection());
            default -> throw new AssertionError("not an end: " + events.getLast());
        };
        if (error.isEmpty()) {
            assertEquals(TOKENS, ids.size());
        } else {
            assertEquals(ErrorCode.UNAVAILABLE, error.get().code());
            assertTrue(error.get().message().contains("stage 2/3"), error.get().message());
        }
    }

    private ServedNode stage(int index) throws IOException {
        return node(
                index,
                "serve-stage",
                "--stage",
                (index + 1) + "/" + STAGES,
                "--host",
                "127.0.0.1",
                "--port",
                ports.get(index).toString());
    }

    private ServedNode head() throws IOException {
        return node(
                0,
                "serve",
                "--stages",
                "127.0.0.1:" + ports.get(1) + ",127.0.0.1:" + ports.get(2),
                "--port",
                ports.get(0).toString(),
                "--quic-port",
                ports.get(STAGES).toString());
    }

    private ServedNode node(int index, String... command) throws IOException {
        NodeIdentity keys = new TestCluster("ours", STAGES).setup(index).identity();
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of("--model", RealNode.model().toString()));
        Stream.concat(
                        SETTINGS.entrySet().stream().map(each -> each.getKey() + "=" + each.getValue()),
                        Stream.of(
                                "cache-dir=" + RealNode.CACHE,
                                "cluster.certificate=" + keys.certificate(),
                                "cluster.key=" + keys.key(),
                                "cluster.ca=" + keys.authority()))
                .forEach(setting -> arguments.addAll(List.of("--set", setting)));
        Path log = LOGS.resolve(folder.getFileName() + "-" + index + ".log");
        return new ServedNode(List.of(), folder.resolve("never"), arguments, log);
    }

    private static Request request() throws IOException {
        JsonNode golden = new ObjectMapper().readTree(GOLDEN.toFile());
        int[] prompt = StreamSupport.stream(golden.get("prompt_ids").spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
        return new Request("", new Prompt.Tokens(prompt), SamplingParams.GREEDY, TOKENS, List.of(), true);
    }

    private static List<TokenEvent> reading(TokenClient client, Request request) {
        List<TokenEvent> events = new CopyOnWriteArrayList<>();
        client.generate(request).subscribe().with(events::add);
        return events;
    }

    /** Of a stream that has ended, or will. */
    private static List<Integer> ids(List<TokenEvent> events) {
        eventually("an end", () -> !events.isEmpty() && events.getLast().terminal());
        return ReadEvents.ids(events);
    }

    private int ready() {
        URI uri = URI.create("http://127.0.0.1:" + ports.getFirst() + "/health/ready");
        try {
            return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException notThere) {
            return 0;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
