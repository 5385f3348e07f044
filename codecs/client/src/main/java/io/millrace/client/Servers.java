package io.millrace.client;

import io.vertx.core.Future;
import java.util.List;

/** The servers that a client may use, and the one that it uses now. Owned by the client's context. */
final class Servers {
    private final List<Transport> transports;
    private int current;

    /** @param transports best first; at least one */
    Servers(List<Transport> transports) {
        this.transports = List.copyOf(transports);
    }

    /** Its number. */
    int current() {
        return current;
    }

    Transport transport(int server) {
        return transports.get(server);
    }

    boolean several() {
        return transports.size() > 1;
    }

    /** It does not serve: the next one is used, by all streams. Of streams that say so of one server the first is heard. */
    void leave(int server) {
        if (server == current) {
            current = (current + 1) % transports.size();
        }
    }

    Future<Void> close() {
        return Future.join(transports.stream().map(Transport::close).toList()).mapEmpty();
    }

    boolean closed() {
        return transports.getFirst().closed();
    }
}
