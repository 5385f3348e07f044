package io.millrace.verticles.app.bench;

import io.millrace.api.ErrorCode;
import io.millrace.api.TokenEvent;
import io.millrace.client.ClientOptions;
import io.millrace.client.TokenClient;
import io.millrace.client.TokenClients;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Whether a Millrace node answers, and a key is known there, before anything is measured. It computes nothing for that. */
final class Reach {
    /** For all of connecting, handshake and answer. */
    static final Duration LIMIT = Duration.ofSeconds(5);

    /** More than {@link #LIMIT}, so that the transport's own words come first. */
    private static final long PATIENCE_MILLIS = LIMIT.toMillis() + 2_000;

    private Reach() {}

    /** @throws IOException in words for the user */
    static void check(Vertx vertx, URI server, ClientOptions options) throws IOException, InterruptedException {
        ClientOptions once = options.withRetries(0, Duration.ofMillis(1), Duration.ofMillis(1), 0)
                .withTimeouts(LIMIT, LIMIT);
        CompletableFuture<TokenEvent> answer = new CompletableFuture<>();
        try (TokenClient client = TokenClients.connect(vertx, server, once)) {
            client.resume("is-anybody-there", 0).subscribe().with(answer::complete, answer::completeExceptionally);
            TokenEvent event = answer.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            if (event instanceof TokenEvent.Rejected rejected
                    && rejected.rejection().code() == ErrorCode.UNAUTHENTICATED) {
                throw new IOException(server + " does not take the API key: "
                        + rejected.rejection().message());
            }
        } catch (TimeoutException e) {
            throw new IOException(server + " does not answer within " + LIMIT.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw new IOException(server + " does not answer: " + words(server, root(e)), e);
        }
    }

    /** QUIC's own words say neither what was not trusted nor that nothing came. */
    private static String words(URI server, String root) {
        boolean quic = "quic".equals(server.getScheme());
        if (quic && root.contains("TLS_FAIL")) {
            return "the TLS handshake failed; is its certificate among those that --ca trusts? (" + root + ")";
        }
        return quic && root.contains("timed out")
                ? "nothing came back in " + LIMIT.toSeconds() + " s; does UDP get there, and is it QUIC that listens?"
                : root;
    }

    private static String root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage() == null ? root.toString() : root.getMessage();
    }
}
