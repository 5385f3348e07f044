package io.millrace.verticles.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.verticles.app.Node;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Set;
import java.util.stream.Collectors;

/** A node's {@code /metrics}, as Prometheus reads it, its health, and requests that leave a trace in them. */
public final class MetricsText implements AutoCloseable {
    private final HttpClient http = HttpClient.newHttpClient();
    private final String base;

    public MetricsText(Node node) {
        this(node.httpPort());
    }

    /** Of a node in another process on this host. */
    public MetricsText(int httpPort) {
        this.base = "http://127.0.0.1:" + httpPort;
    }

    /** A prompt that is answered in one piece. */
    public void complete(String path, String json) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json))
                .build();
        HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
        assertEquals(200, response.statusCode(), response.body());
    }

    public String scrape() throws IOException, InterruptedException {
        return get("/metrics").body();
    }

    /** What {@code /health/ready} answers. */
    public int ready() throws IOException, InterruptedException {
        return get("/health/ready").statusCode();
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(URI.create(base + path)).build(), BodyHandlers.ofString());
    }

    /** NaN where there is no such series, or no node. */
    public double value(String series) {
        try {
            return scrape().lines()
                    .filter(line -> line.startsWith(series + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                    .findFirst()
                    .orElse(Double.NaN);
        } catch (IOException notThere) {
            return Double.NaN;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Of all series, without labels. */
    public Set<String> names() throws IOException, InterruptedException {
        return scrape().lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("[{ ]", 2)[0])
                .collect(Collectors.toSet());
    }

    @Override
    public void close() {
        http.close();
    }
}
