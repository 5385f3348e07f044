package io.millrace.verticles.app.bench;

import io.millrace.api.Message;
import io.millrace.api.Prompt;
import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import io.millrace.api.TokenEvent;
import io.millrace.client.TokenClient;
import io.smallrye.mutiny.subscription.Cancellable;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A Millrace node over its own protocol. All requests share the client's one connection. */
final class ClientTarget implements Target {
    private final TokenClient client;
    private final String model;
    private final boolean chat;

    /** @param client closed with this target */
    ClientTarget(TokenClient client, String model, boolean chat) {
        this.client = client;
        this.model = model;
        this.chat = chat;
    }

    @Override
    public Answer stream(String prompt, int maxTokens, Runnable onToken) throws IOException, InterruptedException {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        Cancellable generation = client.generate(request(prompt, maxTokens))
                .subscribe()
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
        client.close();
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
                                        finished.usage().completionTokens())));
        }
    }

    private static String words(Rejection rejection) {
        return rejection.code() + ": " + rejection.message();
    }

    private Request request(String prompt, int maxTokens) {
        Prompt asked = chat ? new Prompt.Chat(List.of(new Message("user", prompt))) : new Prompt.Text(prompt);
        return new Request(model, asked, SamplingParams.GREEDY, maxTokens, List.of());
    }
}
