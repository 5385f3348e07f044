package io.millrace.verticles.testing;

import io.millrace.api.FinishReason;
import io.millrace.api.Prompt;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import io.millrace.api.TokenEvent;
import io.millrace.client.ClientOptions;
import io.millrace.client.TokenClient;
import io.millrace.client.TokenClients;
import io.millrace.text.Detokenizer;
import io.millrace.text.Tokenizer;
import io.millrace.text.Vocabulary;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that resume, on nodes with {@link HashingStage}: every one asks, reads to the end, compares number, id and text of
 * every token with what an undisturbed run gives, and asks again.
 */
public final class ResumingLoad implements AutoCloseable {
    private static final Vocabulary VOCABULARY =
            Tokenizer.of(CountingProvider.tokenizer(Optional.empty())).vocabulary();
    private static final ClientOptions OPTIONS = ClientOptions.DEFAULTS
            .withApiKey(ServedCluster.KEY)
            .withTrust(new ClientOptions.Trust.Everything())
            .withRetries(30, Duration.ofMillis(50), Duration.ofSeconds(1), 7);

    private static final int PATIENCE_SECONDS = 240;

    private final Vertx vertx = Vertx.vertx();
    private final List<TokenClient> clients = new ArrayList<>();
    private final Random random;
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger right = new AtomicInteger();
    private final AtomicLong tokens = new AtomicLong();
    private final AtomicLong longestGapNanos = new AtomicLong();
    private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();

    /** @param wrong why the others are not right */
    public record Outcome(int requests, int right, long tokens, long longestGapMillis, List<String> wrong) {}

    /**
     * @param servers of each client, best first
     * @param seed    of prompts and lengths
     */
    public ResumingLoad(List<List<URI>> servers, long seed) {
        random = new Random(seed);
        servers.forEach(each -> clients.add(TokenClients.connect(vertx, each, OPTIONS)));
    }

    /** One request of each client. */
    public List<CompletableFuture<Void>> ask() {
        return clients.stream().map(this::ask).toList();
    }

    /** Each client asks again whenever it was answered, until {@link #finish}. */
    public List<CompletableFuture<Void>> keepAsking() {
        return clients.stream().map(this::askOn).toList();
    }

    private CompletableFuture<Void> askOn(TokenClient client) {
        return ask(client).thenCompose(done -> stop.get() ? CompletableFuture.completedFuture(null) : askOn(client));
    }

    /** Nothing new is asked. */
    public void finish(List<CompletableFuture<Void>> asked) {
        stop.set(true);
        CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
                .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join();
        stop.set(false);
    }

    public Outcome outcome() {
        return new Outcome(
                requests.get(),
                right.get(),
                tokens.get(),
                TimeUnit.NANOSECONDS.toMillis(longestGapNanos.get()),
                wrong.stream().limit(5).toList());
    }

    public long tokens() {
        return tokens.get();
    }

    private CompletableFuture<Void> ask(TokenClient client) {
        int[] prompt;
        int length;
        synchronized (random) {
            prompt = random.ints(1 + random.nextInt(200), 'a', 'z').toArray();
            length = 40 + random.nextInt(80);
        }
        Request request = new Request(
                "", new Prompt.Text(new String(prompt, 0, prompt.length)), SamplingParams.GREEDY, length, List.of());
        Answer answer = new Answer(HashingStage.expected(prompt, length));
        CompletableFuture<Void> done = new CompletableFuture<>();
        requests.incrementAndGet();
        client.generate(request)
                .subscribe()
                .with(answer::event, failure -> end(done, failure.toString()), () -> end(done, answer.fault()));
        return done;
    }

    private void end(CompletableFuture<Void> done, String fault) {
        if (fault.isEmpty()) {
            right.incrementAndGet();
        } else {
            wrong.add(fault);
        }
        done.complete(null);
    }

    /** Owned by the client's event loop. */
    private final class Answer {
        private final int[] expected;
        private final Detokenizer detokenizer = new Detokenizer(VOCABULARY);
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder expectedText = new StringBuilder();
        private int count;
        private long last = System.nanoTime();
        private String fault = "no end came";

        Answer(int[] expected) {
            this.expected = expected;
            for (int token : expected) {
                expectedText.append(detokenizer.append(token));
            }
            expectedText.append(detokenizer.flush());
        }

        void event(TokenEvent event) {
            switch (event) {
                case TokenEvent.Accepted accepted -> {}
                case TokenEvent.Token token -> token(token);
                case TokenEvent.Finished finished -> finished(finished);
                case TokenEvent.Rejected rejected ->
                    fault = rejected.rejection().toString();
            }
        }

        private void token(TokenEvent.Token token) {
            long now = System.nanoTime();
            longestGapNanos.accumulateAndGet(now - last, Math::max);
            last = now;
            tokens.incrementAndGet();
            text.append(token.text());
            count++;
            if (count > expected.length || token.id() != expected[count - 1] || token.number() != count) {
                fault = "token " + token + " came as number " + count;
                count = expected.length + 1;
            }
        }

        private void finished(TokenEvent.Finished finished) {
            text.append(finished.text());
            boolean whole = finished.reason() == FinishReason.LENGTH
                    && count == expected.length
                    && finished.usage().completionTokens() == expected.length
                    && text.compareTo(expectedText) == 0;
            if (whole) {
                fault = "";
            } else if (count <= expected.length) {
                fault = finished + " after " + count + " of " + expected.length + " tokens: " + text;
            }
        }

        String fault() {
            return fault;
        }
    }

    @Override
    public void close() {
        stop.set(true);
        clients.forEach(TokenClient::close);
        vertx.close().await();
    }
}
