package io.millrace.verticles.app;

import io.millrace.api.FinishReason;
import io.millrace.api.Rejection;
import io.millrace.api.TokenEvent;
import io.millrace.api.TokenEvent.Accepted;
import io.millrace.api.TokenEvent.Finished;
import io.millrace.api.TokenEvent.Rejected;
import io.millrace.api.TokenEvent.Token;
import io.smallrye.mutiny.Multi;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;

/** Prints a stream as it comes, and keeps its times. A slow terminal slows the stream: what is not read is not asked for. */
final class Answer {
    /** Events asked of the server ahead of printing. */
    private static final int AHEAD = 64;

    private final PrintWriter out;
    private long start;
    private long first;
    private long last;
    private int tokens;
    private String ending = "";

    Answer(PrintWriter out) {
        this.out = out;
    }

    /**
     * Blocks until the stream ends.
     *
     * @throws IOException where it was refused or failed
     */
    void print(Multi<TokenEvent> events) throws IOException {
        start = System.nanoTime();
        for (TokenEvent event : events.subscribe().asIterable(AHEAD, () -> new ArrayBlockingQueue<>(AHEAD))) {
            switch (event) {
                case Accepted accepted -> {}
                case Token token -> take(token);
                case Rejected rejected -> throw failed(rejected.rejection());
                case Finished finished -> finish(finished);
            }
        }
    }

    /** One line for people. The rate is that of the tokens after the first. */
    String figures() {
        double rate = tokens < 2 ? 0 : (tokens - 1) * 1e9 / (last - first);
        double millis = tokens == 0 ? 0 : (first - start) / 1e6;
        return String.format(
                Locale.ROOT, "%d tokens · %.1f tokens/s · first token after %.0f ms%s", tokens, rate, millis, ending);
    }

    private void take(Token token) {
        last = System.nanoTime();
        first = tokens == 0 ? last : first;
        tokens++;
        out.print(token.text());
        out.flush();
    }

    private void finish(Finished finished) throws IOException {
        out.println(finished.text());
        out.flush();
        if (finished.error().isPresent()) {
            throw failed(finished.error().get());
        }
        ending = finished.reason() == FinishReason.LENGTH ? " · cut at the length limit" : "";
    }

    private static IOException failed(Rejection rejection) {
        return new IOException(rejection.message());
    }
}
