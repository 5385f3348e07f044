package io.millrace.verticles.app.bench;

import java.io.IOException;
import java.util.List;

/** A server under measurement. Called by many threads at once. */
public interface Target extends AutoCloseable {

    /**
     * Streams one greedy completion to its end.
     *
     * @param onToken called for every token, or every chunk of text where the server sends several tokens in one
     * @throws IOException where no whole answer came, in words for the user
     */
    Answer stream(String prompt, int maxTokens, Runnable onToken) throws IOException, InterruptedException;

    /** Of each of its replicas, as of now; empty where they cannot be asked. */
    default List<ReplicaCounters> counters() {
        return List.of();
    }

    @Override
    void close();

    /**
     * What the server says it read and wrote.
     *
     * @param promptTokens     0 where it does not say
     * @param cachedTokens     those of the prompt that it did not compute; 0 where it does not say
     * @param completionTokens 0 where it does not say
     */
    record Answer(int promptTokens, int cachedTokens, int completionTokens) {}
}
