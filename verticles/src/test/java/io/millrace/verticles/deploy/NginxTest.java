package io.millrace.verticles.deploy;

import static io.millrace.verticles.testing.TestReplica.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Prompt;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import io.millrace.api.TokenEvent;
import io.millrace.client.ClientOptions;
import io.millrace.client.ClientOptions.Trust;
import io.millrace.client.TokenClient;
import io.millrace.client.TokenClients;
import io.millrace.verticles.testing.CountingNode;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.MetricsText;
import io.millrace.verticles.testing.RealNode;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's nginx with {@code deploy/nginx/nginx.conf} before two nodes. */
class NginxTest {
    private static final Request TEN = new Request("", new Prompt.Text("xxx"), SamplingParams.GREEDY, 10, List.of());
    private static final Path STREAM_MODULE = Path.of("/usr/lib/nginx/modules/ngx_stream_module.so");
    private static final String ENDLESS = "{\"prompt\": \"xxx\", \"stream\": true}";

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    private Path folder;

    private CountingNode first;
    private CountingNode second;
    private Process nginx;
    private int httpPort;
    private int grpcPort;
    private int quicPort;

    @BeforeEach
    void start() throws Exception {
        String program = Installed.program("nginx");
        Assumptions.assumeTrue(Files.exists(STREAM_MODULE), STREAM_MODULE + " is not installed");
        first = new CountingNode("behind-1", new CountingStage(0), Map.of());
        second = new CountingNode("behind-2", new CountingStage(0), Map.of());
        httpPort = freeTcpPort();
        grpcPort = freeTcpPort();
        quicPort = freeUdpPort();
        Path conf = Path.of("../deploy/nginx/nginx.conf");
        // A temporary folder is its owner's alone, and the workers of a root's nginx are somebody else.
        write("nginx.conf", "user root;\n" + Files.readString(conf));
        // Debian's own line is relative to nginx's folder, which is the test's here.
        write("modules.conf", "load_module " + STREAM_MODULE + ";\n");
        write("listen-http.conf", "listen 127.0.0.1:" + httpPort + ";\n");
        write("listen-grpc.conf", "listen 127.0.0.1:" + grpcPort + " http2;\n");
        write("listen-quic.conf", "listen 127.0.0.1:" + quicPort + " udp;\n");
        upstream("millrace-upstream.conf", first.node.httpPort(), second.node.httpPort());
        upstream("millrace-upstream-quic.conf", first.node.quicPort(), second.node.quicPort());
        Files.createDirectory(folder.resolve("tmp"));
        nginx = new ProcessBuilder(
                        program,
                        "-p",
                        folder.toString(),
                        "-c",
                        folder.resolve("nginx.conf").toString(),
                        "-g",
                        "daemon off;")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
        eventually("nginx answers", () -> !nginx.isAlive() || status("/health/live") == 200);
        assertTrue(nginx.isAlive(), () -> output());
    }

    @AfterEach
    void stop() throws Exception {
        http.shutdownNow();
        if (nginx != null) {
            nginx.destroy();
            assertTrue(nginx.waitFor(1, TimeUnit.MINUTES));
        }
        for (CountingNode node : new CountingNode[] {first, second}) {
            if (node != null) {
                node.close();
            }
        }
        RealNode.await(vertx.close());
    }

    @Test
    void streamsSpreadByLeastConnectionsAndTokensComeOneByOne() throws Exception {
        try (MetricsText one = new MetricsText(first.node);
                MetricsText two = new MetricsText(second.node)) {
            // No step runs, so that none ends: all that came before are open when the next one comes.
            List<CompletableFuture<HttpResponse<Stream<String>>>> open = new ArrayList<>();
            for (int i = 1; i <= 4; i++) {
                open.add(http.sendAsync(post(ENDLESS), BodyHandlers.ofLines()));
                int sent = i;
                eventually("it is admitted", () -> admitted(one) + admitted(two) == sent);
            }
            assertEquals(2, admitted(one));
            assertEquals(2, admitted(two));
            // Enough for a token of each stream, and for the end of none.
            first.stage.allow(8);
            second.stage.allow(8);
            for (var answer : open) {
                var lines = answer.get(1, TimeUnit.MINUTES).body().iterator();
                assertTrue(lines.next().startsWith("id: "));
            }
        }
    }

    @Test
    void aWebSocketAQuicConnectionAndAGrpcCallGoThrough() throws Exception {
        letThemRun();
        var trust = new Trust.Pem(first.node.certificatePem());
        ClientOptions options = ClientOptions.DEFAULTS.withTrust(trust);
        for (String url : List.of(
                "ws://localhost:" + httpPort + "/v1/stream",
                "quic://localhost:" + quicPort,
                "grpc://localhost:" + grpcPort)) {
            try (TokenClient client = TokenClients.connect(vertx, URI.create(url), options)) {
                List<TokenEvent> events =
                        client.generate(TEN).collect().asList().await().atMost(Duration.ofMinutes(1));
                assertEquals(
                        10,
                        events.stream()
                                .filter(TokenEvent.Token.class::isInstance)
                                .count(),
                        events::toString);
            }
        }
    }

    @Test
    void grpcCallsOfOneConnectionSpreadAndTheirTokensComeOneByOne() throws Exception {
        try (MetricsText one = new MetricsText(first.node);
                MetricsText two = new MetricsText(second.node);
                TokenClient client = TokenClients.connect(
                        vertx, URI.create("grpc://localhost:" + grpcPort), ClientOptions.DEFAULTS)) {
            List<AtomicInteger> tokens = new ArrayList<>();
            for (int i = 1; i <= 4; i++) {
                AtomicInteger seen = new AtomicInteger();
                tokens.add(seen);
                client.generate(TEN).subscribe().with(event -> {
                    if (event instanceof TokenEvent.Token) {
                        seen.incrementAndGet();
                    }
                });
                int sent = i;
                eventually("it is admitted", () -> admitted(one) + admitted(two) == sent);
            }
            assertEquals(2, admitted(one));
            assertEquals(2, admitted(two));
            first.stage.allow(4);
            second.stage.allow(4);
            eventually("each has a token", () -> tokens.stream().allMatch(seen -> seen.get() > 0));
            assertTrue(tokens.stream().allMatch(seen -> seen.get() < 10), "and none is done");
            letThemRun();
            eventually("all are done", () -> tokens.stream().allMatch(seen -> seen.get() == 10));
        }
    }

    @Test
    void aDrainingNodeIsPassedOver() throws Exception {
        letThemRun();
        first.node.drain();
        for (int i = 0; i < 4; i++) {
            assertEquals(
                    200,
                    http.send(post("{\"prompt\": \"xxx\", \"max_tokens\": 5}"), BodyHandlers.ofString())
                            .statusCode());
        }
        assertEquals(404, status("/metrics"));
    }

    private void letThemRun() {
        first.stage.allow(CountingStage.UNLIMITED);
        second.stage.allow(CountingStage.UNLIMITED);
    }

    private static double admitted(MetricsText metrics) {
        return metrics.value("millrace_streams_admitted_total");
    }

    private HttpRequest post(String json) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + "/v1/completions"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json))
                .build();
    }

    /** 0 where nobody answers. */
    private int status(String path) {
        try {
            URI uri = URI.create("http://127.0.0.1:" + httpPort + path);
            return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private String output() {
        try {
            return Files.readString(folder.resolve("output"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void upstream(String name, int... ports) throws IOException {
        StringBuilder servers = new StringBuilder();
        for (int port : ports) {
            servers.append("server 127.0.0.1:").append(port).append(";\n");
        }
        write(name, servers.toString());
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private static int freeTcpPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static int freeUdpPort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
