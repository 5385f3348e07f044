package io.millrace.verticles.app.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.util.Iterator;
import java.util.stream.Stream;

/** An OpenAI-compatible server: completions, or chat completions, as server-sent events. */
final class HttpTarget implements Target {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DATA = "data:";

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Reach.LIMIT)
            .build();
    private final URI base;
    private final String apiKey;
    private final Asking asking;
    private final String model;

    /**
     * @param base   with or without the path of the API; none means {@code /v1}
     * @param apiKey empty for none
     * @param asking an empty model asks the server for its first
     */
    HttpTarget(URI base, String apiKey, Asking asking) throws IOException, InterruptedException {
        String text = base.toString().replaceAll("/+$", "");
        this.base = URI.create(base.getPath().replace("/", "").isEmpty() ? text + "/v1" : text);
        this.apiKey = apiKey;
        this.asking = asking;
        this.model = asking.model().isEmpty() ? firstModel() : asking.model();
    }

    @Override
    public Answer stream(String prompt, int maxTokens, Runnable onToken) throws IOException, InterruptedException {
        HttpRequest request = request(asking.chat() ? "/chat/completions" : "/completions")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body(prompt, maxTokens)))
                .build();
        HttpResponse<Stream<String>> response = send(request, HttpResponse.BodyHandlers.ofLines());
        try (Stream<String> lines = response.body()) {
            if (response.statusCode() != 200) {
                String text = lines.limit(20).reduce("", String::concat);
                throw new IOException("HTTP " + response.statusCode() + ": " + reason(text));
            }
            return read(lines.iterator(), onToken);
        } catch (UncheckedIOException e) {
            throw new IOException("the connection broke: " + e.getCause().getMessage(), e);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }

    private Answer read(Iterator<String> lines, Runnable onToken) throws IOException {
        Answer answer = new Answer(0, 0, 0);
        while (lines.hasNext()) {
            String line = lines.next();
            String data = line.startsWith(DATA) ? line.substring(DATA.length()).strip() : "";
            if (data.equals("[DONE]")) {
                return answer;
            }
            if (!data.isEmpty()) {
                JsonNode chunk = JSON.readTree(data);
                if (chunk.hasNonNull("error")) {
                    throw new IOException(reason(data));
                }
                if (!text(chunk).isEmpty()) {
                    onToken.run();
                }
                JsonNode usage = chunk.path("usage");
                if (usage.isObject()) {
                    answer = new Answer(
                            usage.path("prompt_tokens").asInt(),
                            usage.at("/prompt_tokens_details/cached_tokens").asInt(),
                            usage.path("completion_tokens").asInt());
                }
            }
        }
        throw new IOException("the answer ended without [DONE]");
    }

    private String text(JsonNode chunk) {
        JsonNode choice = chunk.path("choices").path(0);
        return (asking.chat() ? choice.path("delta").path("content") : choice.path("text")).asText("");
    }

    private String body(String prompt, int maxTokens) {
        ObjectNode body = JSON.createObjectNode()
                .put("model", model)
                .put("max_tokens", maxTokens)
                .put("temperature", 0)
                .put("stream", true);
        body.putObject("stream_options").put("include_usage", true);
        if (asking.ignoreEos()) {
            body.put("ignore_eos", true);
        }
        if (asking.chat()) {
            body.putArray("messages").addObject().put("role", "user").put("content", prompt);
        } else {
            body.put("prompt", prompt);
        }
        return body.toString();
    }

    private String firstModel() throws IOException, InterruptedException {
        HttpResponse<String> response = models();
        if (response.statusCode() != 200) {
            throw new IOException(base + "/models: HTTP " + response.statusCode() + ": " + reason(response.body()));
        }
        String id =
                JSON.readTree(response.body()).path("data").path(0).path("id").asText("");
        if (id.isEmpty()) {
            throw new IOException(base + "/models names no model; say which with --model");
        }
        return id;
    }

    private HttpResponse<String> models() throws IOException, InterruptedException {
        HttpRequest request = request("/models").timeout(Reach.LIMIT).GET().build();
        return send(request, HttpResponse.BodyHandlers.ofString());
    }

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler)
            throws IOException, InterruptedException {
        try {
            return http.send(request, handler);
        } catch (ConnectException e) {
            throw new IOException("nothing answers at " + base, e);
        } catch (HttpTimeoutException e) {
            throw new IOException(base + " does not answer within " + Reach.LIMIT.toSeconds() + " s", e);
        }
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path));
        return apiKey.isEmpty() ? request : request.header("Authorization", "Bearer " + apiKey);
    }

    /** The message of an OpenAI error object, else the beginning of what came. */
    private static String reason(String body) {
        try {
            String message = JSON.readTree(body).path("error").path("message").asText("");
            return message.isEmpty() ? shortened(body) : message;
        } catch (IOException notJson) {
            return shortened(body);
        }
    }

    private static String shortened(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }
}
