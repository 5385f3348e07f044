package io.millrace.verticles.app.bench;

import io.millrace.api.TokenSource;
import io.millrace.client.ClientOptions;
import io.millrace.client.TokenClient;
import io.millrace.client.TokenClients;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Makes targets. */
public final class Targets {
    /** What a server takes on one connection by default: {@code limits.max-streams-per-connection}. */
    private static final int STREAMS_PER_CONNECTION = 256;

    private static final String WEB_SOCKET_PATH = "/v1/stream";

    private Targets() {}

    /**
     * A server that answers. Blocks until it has, or for a few seconds.
     *
     * @param mostInFlight streams at once; more than one connection carries are spread over several
     * @throws IOException in words for the user
     */
    public static Target of(URI url, Vertx vertx, ClientOptions options, Asking asking, int mostInFlight)
            throws IOException, InterruptedException {
        return switch (String.valueOf(url.getScheme())) {
            case "http", "https" -> new HttpTarget(url, options.apiKey(), asking);
            case "quic", "ws", "wss", "grpc", "grpcs" -> {
                URI server = withPath(url);
                Reach.check(vertx, server, options);
                yield new ClientTarget(clients(server, vertx, options, mostInFlight), asking::request);
            }
            default ->
                throw new IOException("\"" + url + "\" begins with none of quic, ws, wss, grpc, grpcs, http, https");
        };
    }

    /**
     * A model in this program.
     *
     * @param vocabulary ids to draw prompts from where the model has no words; 0 where it reads text
     */
    public static Target of(
            TokenSource source, Asking asking, int vocabulary, Supplier<List<ReplicaCounters>> counters) {
        ClientTarget.Form form = vocabulary == 0
                ? asking::request
                : (prompt, maxTokens) -> asking.request(prompt, maxTokens, vocabulary);
        return new ClientTarget(List.of(TokenClients.inProcess(source)), form) {
            @Override
            public List<ReplicaCounters> counters() {
                return counters.get();
            }
        };
    }

    private static URI withPath(URI url) {
        return url.getScheme().startsWith("ws") && url.getPath().isEmpty() ? url.resolve(WEB_SOCKET_PATH) : url;
    }

    private static List<TokenClient> clients(URI url, Vertx vertx, ClientOptions options, int mostInFlight) {
        return IntStream.range(0, Math.ceilDiv(mostInFlight, STREAMS_PER_CONNECTION))
                .mapToObj(i -> TokenClients.connect(vertx, url, options))
                .toList();
    }
}
