package io.millrace.verticles.testing;

import static java.util.stream.Collectors.joining;

import io.millrace.verticles.ingress.ApiKeys;
import io.millrace.verticles.ingress.BearerKey;
import io.millrace.verticles.ingress.http.HttpIngressVerticle;
import io.millrace.verticles.ingress.ws.WsIngressConnection;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** An HTTP ingress before a replica, and the JDK's client of it. */
public final class HttpFront implements AutoCloseable {
    /** Of every answer's {@code created}. */
    public static final long NOW = 1_700_000_000L;

    public final AtomicInteger connections = new AtomicInteger();
    private final HttpClient client = HttpClient.newHttpClient();
    private final int port;

    public HttpFront(TestReplica replica, ApiKeys keys) {
        WsIngressConnection.Setup webSockets = new WsIngressConnection.Setup(replica.streams, keys, replica.limits);
        HttpIngressVerticle verticle = new HttpIngressVerticle(new HttpIngressVerticle.Setup(
                "127.0.0.1",
                0,
                replica.streams,
                keys,
                replica.limits,
                replica.meters::scrape,
                socket -> WsIngressConnection.accept(socket, webSockets, BearerKey.of(socket.headers())),
                InstantSource.fixed(Instant.ofEpochSecond(NOW)),
                connections));
        TestReplica.await(replica.vertx.deployVerticle(verticle));
        port = verticle.port();
    }

    public int port() {
        return port;
    }

    public HttpResponse<String> get(String path, String... headers) {
        return send(request(path, headers).GET());
    }

    /** JSON, written with single quotes. */
    public HttpResponse<String> post(String path, String json, String... headers) {
        return send(request(path, headers)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json.replace('\'', '"'))));
    }

    public HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    public HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
        return headers.length == 0 ? request : request.headers(headers);
    }

    /** A connection of its own, with a POST on its way, to be read line by line and closed at will. */
    public Raw raw(String path, String json, String... headers) {
        return new Raw(port, path, json.replace('\'', '"'), headers);
    }

    @Override
    public void close() {
        client.close();
    }

    /** One HTTP/1.1 exchange at the level of the socket. */
    public static final class Raw implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader in;

        /** Says no length where there is no body: headers may announce one that does not come. */
        private Raw(int port, String path, String json, String... headers) {
            String length = json.isEmpty() ? "" : "Content-Length: " + json.length() + "\r\n";
            String more = Stream.of(headers).map(header -> header + "\r\n").collect(joining());
            String head = "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n" + length + more
                    + "\r\n";
            try {
                socket = new Socket("127.0.0.1", port);
                socket.getOutputStream().write((head + json).getBytes(StandardCharsets.UTF_8));
                in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Reads on to the next line that begins so; null where the connection ends first. */
        public String await(String beginning) {
            try {
                String line = in.readLine();
                while (line != null && !line.startsWith(beginning)) {
                    line = in.readLine();
                }
                return line;
            } catch (IOException e) {
                return null;
            }
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
