package io.millrace.verticles.app.bench;

import java.io.IOException;

/** A server under measurement. Called by many threads at once. */
public interface Target extends AutoCloseable {

    /**
     * Streams one greedy completion to its end.
     *
     * @param onToken called for every token, or every chunk of text where the server sends several tokens in one
     * @throws IOException where no whole answer came, in words for the user
     */
    Answer stream(String prompt, int maxTokens, Runnable onToken) throws IOException, InterruptedException;

    /** As of now; {@link ReplicaCounters#NONE} where it cannot be asked. */
    default ReplicaCounters counters() {
        return ReplicaCounters.NONE;
    }

    @Override
    void close();

    /**
     * What the server says it read and wrote.
     *
     * @param promptTokens     0 where it does not say
     * @param completionTokens 0 where it does not say
     */
    record Answer(int promptTokens, int completionTokens) {}
}
