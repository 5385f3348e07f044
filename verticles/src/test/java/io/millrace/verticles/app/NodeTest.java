package io.millrace.verticles.app;

import static io.millrace.verticles.testing.TestReplica.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.api.Prompt;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import io.millrace.api.TokenEvent;
import io.millrace.client.ClientOptions;
import io.millrace.client.TokenClient;
import io.millrace.client.TokenClients;
import io.millrace.engine.StepException;
import io.millrace.verticles.testing.CountingNode;
import io.millrace.verticles.testing.CountingProvider;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.RealNode;
import io.vertx.core.Vertx;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeTest {
    private static final Request ENDLESS = new Request("", new Prompt.Text("xxx"), SamplingParams.GREEDY, 0, List.of());

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void stop() throws Exception {
        http.close();
        RealNode.await(vertx.close());
    }

    @Test
    void clientsReadTheErrorOfStreamsThatADrainCutsShort() throws Exception {
        try (CountingNode counting =
                        new CountingNode("drain", new CountingStage(3), Map.of("limits.drain-timeout", "50ms"));
                TokenClient quic = client(counting.node, "quic://localhost:" + counting.node.quicPort());
                TokenClient ws = client(counting.node, "ws://localhost:" + counting.node.httpPort() + "/v1/stream")) {
            List<List<TokenEvent>> read = List.of(reading(quic), reading(ws), reading(quic), reading(ws));
            eventually("all run", () -> read.stream().noneMatch(List::isEmpty));
            assertFalse(RealNode.await(counting.node.drain()));
            counting.stage.allow(CountingStage.UNLIMITED);
            RealNode.await(counting.node.close());
            for (List<TokenEvent> events : read) {
                eventually("an end", () -> events.getLast().terminal());
                assertEquals(ErrorCode.UNAVAILABLE, error(events));
            }
        }
    }

    @Test
    void aDrainIsDoneWhenTheStreamsAre() throws Exception {
        try (CountingNode counting = new CountingNode("drained", new CountingStage(3), Map.of());
                TokenClient quic = client(counting.node, "quic://localhost:" + counting.node.quicPort())) {
            List<TokenEvent> events = new CopyOnWriteArrayList<>();
            Request short5 = new Request("", new Prompt.Text("xxx"), SamplingParams.GREEDY, 5, List.of());
            quic.generate(short5).subscribe().with(events::add);
            eventually("it runs", () -> !events.isEmpty());
            var drained = counting.node.drain();
            counting.stage.allow(CountingStage.UNLIMITED);
            assertTrue(RealNode.await(drained));
            RealNode.await(counting.node.close());
            eventually("an end", () -> events.getLast().terminal());
            assertEquals(
                    5,
                    events.stream().filter(TokenEvent.Token.class::isInstance).count());
        }
    }

    @Test
    void aNodeThatLostItsModelIsNotReadyAndItsStreamsEndWithAnErrorToTryAgain() throws Exception {
        try (CountingNode counting = new CountingNode("unready", new CountingStage(3), Map.of());
                TokenClient quic = client(counting.node, "quic://localhost:" + counting.node.quicPort())) {
            List<TokenEvent> events = reading(quic);
            eventually("it runs", () -> !events.isEmpty());
            assertEquals(200, status(counting.node, "/health/ready"));
            counting.stage.failNext(StepException.Kind.FATAL);
            counting.stage.allow(1);
            eventually("an end", () -> events.getLast().terminal());
            assertTrue(error(events).retryable());
            eventually("it is lost", () -> counting.node.fatal().failed());
            assertEquals(503, status(counting.node, "/health/ready"));
            assertEquals(200, status(counting.node, "/health/live"));
        }
    }

    @Test
    void serveEndsWithAnExitCodeOfItsOwnWhenTheModelIsLost() throws Exception {
        CountingStage stage = CountingStage.late(3);
        CountingProvider.serve("random:lost", stage);
        StringWriter out = new StringWriter();
        CompletableFuture<Integer> code = CompletableFuture.supplyAsync(() -> serve("random:lost", out));
        eventually("ready", () -> code.isDone() || out.toString().contains("ready"));
        Matcher port = Pattern.compile("http://(127.0.0.1:\\d+)").matcher(out.toString());
        assertTrue(port.find(), out.toString());

        HttpRequest endless = HttpRequest.newBuilder(URI.create("http://" + port.group(1) + "/v1/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"prompt\": \"xxx\", \"stream\": true}"))
                .build();
        List<String> lines = new CopyOnWriteArrayList<>();
        var reading = http.sendAsync(endless, BodyHandlers.ofLines())
                .thenAcceptAsync(response -> response.body().forEach(lines::add));
        eventually("tokens come", () -> lines.stream().anyMatch(line -> line.contains("text")));
        stage.failNext(StepException.Kind.FATAL);
        stage.allow(CountingStage.UNLIMITED);

        assertEquals(Main.MODEL_LOST, code.get(1, TimeUnit.MINUTES));
        reading.get(1, TimeUnit.MINUTES);
        assertTrue(lines.stream().anyMatch(line -> line.contains("the model stopped working")), lines.toString());
    }

    @Test
    void theDevicesShowInTheMetrics() throws Exception {
        try (CountingNode counting = new CountingNode("gauges", new CountingStage(0), Map.of())) {
            String text = get(counting.node, "/metrics").body();
            for (String line : List.of(
                    "millrace_device_busy_ratio{device=\"cuda:999\"} 0.25",
                    "millrace_device_memory_used_bytes{device=\"cuda:999\"} 3.0",
                    "millrace_device_memory_total_bytes{device=\"cuda:999\"} 8.0",
                    "millrace_device_power_watts{device=\"cuda:999\"} 125.0")) {
                assertTrue(text.contains(line), line + " in\n" + text);
            }
        }
    }

    private static int serve(String model, StringWriter out) {
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .execute(
                        "serve",
                        "--config=../conf/millrace.yaml",
                        "--device=" + CountingProvider.DEVICE,
                        "--model=" + model,
                        "--port=0",
                        "--quic-port=0",
                        "--set=cache-dir=target/real-node");
    }

    private TokenClient client(Node node, String url) throws Exception {
        ClientOptions options = ClientOptions.DEFAULTS
                .withTrust(new ClientOptions.Trust.Pem(node.certificatePem()))
                .withRetries(0, Duration.ofMillis(1), Duration.ofMillis(1), 0);
        return TokenClients.connect(vertx, URI.create(url), options);
    }

    private static List<TokenEvent> reading(TokenClient client) {
        List<TokenEvent> events = new CopyOnWriteArrayList<>();
        client.generate(ENDLESS).subscribe().with(events::add);
        return events;
    }

    private static ErrorCode error(List<TokenEvent> events) {
        return ((TokenEvent.Finished) events.getLast()).error().orElseThrow().code();
    }

    private int status(Node node, String path) throws Exception {
        return get(node, path).statusCode();
    }

    private java.net.http.HttpResponse<String> get(Node node, String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + node.httpPort() + path);
        return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    }
}
