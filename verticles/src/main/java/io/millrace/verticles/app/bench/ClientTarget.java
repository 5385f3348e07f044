package io.millrace.verticles.app.bench;

import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.api.TokenEvent;
import io.millrace.client.TokenClient;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.Cancellable;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A Millrace node over its own protocol, or in this program. */
class ClientTarget implements Target {
    /** Makes the request of a prompt. */
    interface Form {
        Request request(String prompt, int maxTokens);
    }

    private final LeastBusy connections;
    private final Form form;

    /** @param clients one per connection, closed with this target */
    ClientTarget(List<TokenClient> clients, Form form) {
        this.connections = new LeastBusy(clients);
        this.form = form;
    }

    @Override
    public Answer stream(String prompt, int maxTokens, Runnable onToken) throws IOException, InterruptedException {
        int connection = connections.acquire();
        try {
            return answer(connections.client(connection).generate(form.request(prompt, maxTokens)), onToken);
        } finally {
            connections.release(connection);
        }
    }

    private static Answer answer(Multi<TokenEvent> events, Runnable onToken) throws IOException, InterruptedException {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        Cancellable generation = events.subscribe()
                .with(
                        event -> take(event, answer, onToken),
                        answer::completeExceptionally,
                        () -> answer.completeExceptionally(new IOException("the stream ended without its last event")));
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e);
        } finally {
            generation.cancel();
        }
    }

    @Override
    public void close() {
        connections.close();
    }

    private static void take(TokenEvent event, CompletableFuture<Answer> answer, Runnable onToken) {
        switch (event) {
            case TokenEvent.Accepted accepted -> {}
            case TokenEvent.Token token -> onToken.run();
            case TokenEvent.Rejected rejected ->
                answer.completeExceptionally(new IOException(words(rejected.rejection())));
            case TokenEvent.Finished finished ->
                finished.error()
                        .ifPresentOrElse(
                                error -> answer.completeExceptionally(new IOException(words(error))),
                                () -> answer.complete(new Answer(
                                        finished.usage().promptTokens(),
                                        finished.usage().cachedTokens(),
                                        finished.usage().completionTokens())));
        }
    }

    private static String words(Rejection rejection) {
        return rejection.code() + ": " + rejection.message();
    }
}
