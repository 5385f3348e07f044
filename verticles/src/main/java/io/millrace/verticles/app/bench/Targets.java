package io.millrace.verticles.app.bench;

import io.millrace.client.ClientOptions;
import io.millrace.client.TokenClients;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;

/** Makes the target for a URL. */
public final class Targets {
    private Targets() {}

    /**
     * Blocks while an HTTP server is asked for its model.
     *
     * @param model empty for the server's own
     * @param chat  whether prompts are sent as a user's turn, not as plain text
     * @throws IOException in words for the user
     */
    public static Target of(URI url, Vertx vertx, ClientOptions options, String model, boolean chat)
            throws IOException, InterruptedException {
        return switch (String.valueOf(url.getScheme())) {
            case "http", "https" -> new HttpTarget(url, options.apiKey(), model, chat);
            case "quic", "ws", "wss" -> new ClientTarget(TokenClients.connect(vertx, url, options), model, chat);
            default -> throw new IOException("\"" + url + "\" begins with none of quic, ws, wss, http, https");
        };
    }
}
