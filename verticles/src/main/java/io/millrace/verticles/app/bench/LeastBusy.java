package io.millrace.verticles.app.bench;

import io.millrace.client.TokenClient;
import java.util.List;

/** Connections to one server: a connection carries no more than so many streams. Thread-safe. */
final class LeastBusy implements AutoCloseable {
    private final List<TokenClient> clients;
    private final int[] streams;

    LeastBusy(List<TokenClient> clients) {
        this.clients = List.copyOf(clients);
        this.streams = new int[clients.size()];
    }

    /** The index of the connection with the fewest streams, this one now among them until {@link #release}. */
    synchronized int acquire() {
        int least = 0;
        for (int i = 1; i < streams.length; i++) {
            least = streams[i] < streams[least] ? i : least;
        }
        streams[least]++;
        return least;
    }

    synchronized void release(int index) {
        streams[index]--;
    }

    TokenClient client(int index) {
        return clients.get(index);
    }

    @Override
    public void close() {
        clients.forEach(TokenClient::close);
    }
}
