package io.millrace.verticles.app.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.verticles.app.bench.Target.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpTargetTest {
    private final AtomicReference<String> lastRequest = new AtomicReference<>("");
    private final AtomicInteger tokens = new AtomicInteger();
    private HttpServer server;
    private URI url;
    private int status = 200;
    private String answer = "";

    @BeforeEach
    void aServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/models", exchange -> send(exchange, 200, "{\"data\":[{\"id\":\"served\"}]}"));
        server.createContext("/v1/", this::complete);
        server.start();
        url = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void everyChunkWithTextIsAnArrivalAndUsageIsBelieved() throws Exception {
        answer = """
                data: {"choices":[{"text":"a"}]}

                data: {"choices":[{"text":"b"}]}

                data: {"choices":[{"text":"","finish_reason":"length"}]}

                data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":2}}}

                data: [DONE]

                """;
        assertEquals(new Answer(7, 2, 3), stream(false));
        assertEquals(2, tokens.get());
        assertTrue(lastRequest.get().contains("\"model\":\"served\""), lastRequest.get());
        assertTrue(lastRequest.get().contains("\"prompt\":\"hello\""), lastRequest.get());
    }

    @Test
    void aChatIsSentAsATurnAndReadAsDeltas() throws Exception {
        answer = """
                data: {"choices":[{"delta":{"role":"assistant"}}]}

                data: {"choices":[{"delta":{"content":"a"}}]}

                data: [DONE]

                """;
        assertEquals(new Answer(0, 0, 0), stream(true));
        assertEquals(1, tokens.get());
        assertTrue(lastRequest.get().contains("\"content\":\"hello\""), lastRequest.get());
    }

    @Test
    void aServerIsAskedToGenerateOnOnlyWhereThatIsWanted() throws Exception {
        answer = "data: [DONE]\n\n";
        stream(true);
        assertFalse(lastRequest.get().contains("ignore_eos"), lastRequest.get());
        stream(new Asking("", false, true));
        assertTrue(lastRequest.get().contains("\"ignore_eos\":true"), lastRequest.get());
    }

    @Test
    void refusalsAndBrokenAnswersAreErrorsWithTheServersWords() {
        answer = "data: {\"choices\":[{\"text\":\"a\"}]}\n\n";
        assertRefused("without [DONE]");
        answer = "data: {\"error\":{\"message\":\"ran out\"}}\n\n";
        assertRefused("ran out");
        status = 429;
        answer = "{\"error\":{\"message\":\"too many\"}}";
        assertRefused("HTTP 429: too many");
        server.stop(0);
        assertRefused("nothing answers at");
    }

    private void assertRefused(String part) {
        IOException e = assertThrows(IOException.class, () -> stream(false));
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    private Answer stream(boolean chat) throws IOException, InterruptedException {
        return stream(new Asking("", chat, false));
    }

    private Answer stream(Asking asking) throws IOException, InterruptedException {
        try (HttpTarget target = new HttpTarget(url, "", asking)) {
            return target.stream("hello", 5, tokens::incrementAndGet);
        }
    }

    private void complete(HttpExchange exchange) throws IOException {
        lastRequest.set(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        send(exchange, status, answer);
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
