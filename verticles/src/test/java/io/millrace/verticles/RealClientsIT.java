package io.millrace.verticles;

import static io.millrace.verticles.testing.RealNode.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.FinishReason;
import io.millrace.api.Message;
import io.millrace.api.Prompt;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import io.millrace.api.TokenEvent;
import io.millrace.client.ClientOptions;
import io.millrace.client.ClientOptions.Trust;
import io.millrace.client.TokenClient;
import io.millrace.client.TokenClients;
import io.millrace.verticles.app.Node;
import io.millrace.verticles.testing.Curl;
import io.millrace.verticles.testing.PythonClients;
import io.millrace.verticles.testing.PythonEnvironment;
import io.millrace.verticles.testing.ReadEvents;
import io.millrace.verticles.testing.RealNode;
import io.millrace.verticles.testing.SseAnswer;
import io.vertx.core.Vertx;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that others wrote, and our own, stream the real model's answers from one node. */
class RealClientsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String ASKED = "Why is the sky blue?";
    private static final int MAX_TOKENS = 24;
    private static final String STREAMED_CHAT = """
            {"messages": [{"role": "user", "content": "%s"}], "temperature": 0, "max_completion_tokens": %d,
             "stream": true}""".formatted(ASKED, MAX_TOKENS);

    private static Node node;
    private static Curl curl;
    private static PythonClients python;

    @BeforeAll
    static void aNodeWithTheRealModel() throws Exception {
        PythonEnvironment.create();
        node = RealNode.start(Map.of());
        curl = new Curl(node.httpPort());
        python = new PythonClients(node);
    }

    @AfterAll
    static void stop() throws Exception {
        if (node != null) {
            await(node.close());
        }
    }

    @Test
    void theOpenAiSdkStreamsStopsAndUnderstandsErrors() throws Exception {
        python.openAi().assertSucceeded();
    }

    @Test
    void aPythonQuicClientStreamsCancelsAndResumes() throws Exception {
        python.quic("localhost", "--max-tokens", "12").assertSucceeded();
        python.quic("127.0.0.1", "--resume").assertSucceeded();
    }

    @Test
    void aPythonWebSocketClientStreamsCancelsAndResumesInBothForms() throws Exception {
        python.webSocket("--resume").assertSucceeded();
    }

    @Test
    void aPythonGrpcClientStreamsCancelsAndResumes() throws Exception {
        python.grpc("--resume").assertSucceeded();
    }

    @Test
    void curlReadsHealthAndMetrics() throws Exception {
        assertEquals("live\n", curl.body("/health/live"));
        assertEquals("ready\n", curl.body("/health/ready"));
        String metrics = curl.body("/metrics");
        assertTrue(metrics.lines().anyMatch(line -> line.startsWith("millrace_streams_alive ")), metrics);
    }

    @Test
    void curlTakesACutStreamUpAgainByItsUrl() throws Exception {
        SseAnswer cut = cutStream();
        SseAnswer rest =
                SseAnswer.read(curl.body("/v1/streams/" + cut.handle(), "-H", "Last-Event-ID: " + cut.lastId()));
        cut.assertContinuedBy(rest, wholeOf(cut));
    }

    @Test
    void curlTakesACutStreamUpAgainByPostingItAgain() throws Exception {
        SseAnswer cut = cutStream();
        SseAnswer rest = SseAnswer.read(
                curl.posted("/v1/chat/completions", STREAMED_CHAT, "-H", "Last-Event-ID: " + cut.lastId()));
        cut.assertContinuedBy(rest, wholeOf(cut));
    }

    @Test
    void everyTransportGivesTheSameGreedyText() throws Exception {
        // From now on the prompt is in the cache: its last token alone rounds otherwise than with the others.
        curl.posted("/v1/chat/completions", STREAMED_CHAT);
        String overSse = SseAnswer.read(curl.posted("/v1/chat/completions", STREAMED_CHAT))
                .text();
        assertFalse(overSse.isBlank());
        Vertx vertx = Vertx.vertx();
        try (TokenClient quic = TokenClients.connect(vertx, uri("quic", node.quicPort(), ""), trusting());
                TokenClient webSocket =
                        TokenClients.connect(vertx, uri("ws", node.httpPort(), "/v1/stream"), trusting());
                TokenClient grpc = TokenClients.connect(vertx, uri("grpc", node.httpPort(), ""), trusting());
                TokenClient inProcess = TokenClients.inProcess(node.source())) {
            assertEquals(overSse, answer(quic));
            assertEquals(overSse, answer(webSocket));
            assertEquals(overSse, answer(grpc));
            assertEquals(overSse, answer(inProcess));
        } finally {
            await(vertx.close());
        }
    }

    @Test
    void aGenerationGoesOnTheSameAfterTheTokensOfAnotherNode() {
        try (TokenClient client = TokenClients.inProcess(node.source())) {
            List<TokenEvent> whole = events(client, List.of());
            List<TokenEvent> rest = events(client, ReadEvents.ids(whole).subList(0, 9));
            assertEquals(whole.subList(10, whole.size() - 1), rest.subList(1, rest.size() - 1));
            assertEquals(ended(whole), ended(rest));
        }
    }

    private static List<TokenEvent> events(TokenClient client, List<Integer> generated) {
        Request request = new Request(
                "", new Prompt.Text("Once upon a time"), SamplingParams.GREEDY, 20, List.of(), false, generated);
        return client.generate(request).collect().asList().await().atMost(Duration.ofMinutes(2));
    }

    private static FinishReason ended(List<TokenEvent> events) {
        return ((TokenEvent.Finished) events.getLast()).reason();
    }

    @Test
    void aTruncatedModelFileIsRefusedByName(@TempDir Path folder) throws Exception {
        Path model = Files.copy(RealNode.model(), folder.resolve("half.gguf"), StandardCopyOption.REPLACE_EXISTING);
        for (long bytes : new long[] {Files.size(model) / 2, 10_000, 0}) {
            try (RandomAccessFile file = new RandomAccessFile(model.toFile(), "rw")) {
                file.setLength(bytes);
            }
            var failure =
                    assertThrows(ExecutionException.class, () -> await(Node.start(RealNode.config(Map.of()), model)));
            String message = String.valueOf(failure.getCause().getMessage());
            assertTrue(message.contains(model.toString()), message);
        }
    }

    /** The first three events of a longer stream. */
    private static SseAnswer cutStream() throws Exception {
        SseAnswer cut = SseAnswer.read(curl.postedUntil(3, "/v1/chat/completions", STREAMED_CHAT));
        assertEquals(3, cut.ids().size());
        assertFalse(cut.done());
        return cut;
    }

    /** Replayed from the start; a generation of its own might differ, as a sequence that nobody reads is computed anew. */
    private static SseAnswer wholeOf(SseAnswer cut) throws Exception {
        return SseAnswer.read(curl.body("/v1/streams/" + cut.handle()));
    }

    private static ClientOptions trusting() throws Exception {
        return ClientOptions.DEFAULTS.withTrust(new Trust.Pem(node.certificatePem()));
    }

    private static URI uri(String scheme, int port, String path) {
        return URI.create(scheme + "://localhost:" + port + path);
    }

    private static String answer(TokenClient client) {
        Prompt prompt = new Prompt.Chat(List.of(new Message("user", ASKED)));
        Request request = new Request("", prompt, SamplingParams.GREEDY, MAX_TOKENS, List.of());
        List<TokenEvent> events =
                client.generate(request).collect().asList().await().atMost(PATIENCE);
        StringBuilder text = new StringBuilder();
        for (TokenEvent event : events) {
            switch (event) {
                case TokenEvent.Token token -> text.append(token.text());
                case TokenEvent.Finished finished -> {
                    assertEquals(FinishReason.LENGTH, finished.reason());
                    text.append(finished.text());
                }
                case TokenEvent.Accepted accepted -> assertEquals("smollm2", accepted.model());
                case TokenEvent.Rejected rejected -> throw new AssertionError(rejected);
            }
        }
        return text.toString();
    }
}
