package io.millrace.verticles.stream;

import io.millrace.api.TokenEvent;
import java.util.ArrayList;
import java.util.List;

/**
 * The numbered events of one stream: those not sent yet, and those sent that a resuming client may ask for again.
 *
 * <p>Events are numbered from 1, or on from where another node had come. Only sent events are dropped, oldest first, when more than {@code capacity} are held;
 * unsent ones are bounded by the session, which stalls its sequence when {@link #unsentBytes} passes its limit.
 */
final class ReplayBuffer {
    /** What an event costs beside its text: object headers, number, id. An estimate, for bounds only. */
    private static final int EVENT_BYTES = 48;

    private final int capacity;
    private final List<TokenEvent> events = new ArrayList<>();
    private long first = 1;
    private long sent;
    private long unsentBytes;

    ReplayBuffer(int capacity) {
        this.capacity = capacity;
    }

    /** Numbers on from an output that began elsewhere. Before any event. */
    void startAfter(long number) {
        first = number + 1;
        sent = number;
    }

    /** Number of the newest event; 0 before any. */
    long last() {
        return first + events.size() - 1;
    }

    long sent() {
        return sent;
    }

    long unsentBytes() {
        return unsentBytes;
    }

    boolean hasUnsent() {
        return sent < last();
    }

    /** Whether everything after {@code lastSeen} is still here. */
    boolean holdsAfter(long lastSeen) {
        return lastSeen >= first - 1 && lastSeen <= last();
    }

    /** Whether the terminal event is there. */
    boolean complete() {
        return !events.isEmpty() && events.getLast().terminal();
    }

    void add(TokenEvent event) {
        events.add(event);
        unsentBytes += bytes(event);
    }

    TokenEvent nextUnsent() {
        return events.get((int) (sent + 1 - first));
    }

    /** Takes the next unsent event as sent. */
    TokenEvent take() {
        TokenEvent event = nextUnsent();
        sent++;
        unsentBytes -= bytes(event);
        forget();
        return event;
    }

    /** Makes everything after {@code lastSeen} unsent again; {@link #holdsAfter} must be true of it. */
    void rewind(long lastSeen) {
        sent = lastSeen;
        unsentBytes = 0;
        for (long number = sent + 1; number <= last(); number++) {
            unsentBytes += bytes(events.get((int) (number - first)));
        }
    }

    /** Drops in batches, so that a long stream does not shift its list for every token. */
    private void forget() {
        int surplus = events.size() - capacity;
        long droppable = sent - first + 1;
        if (surplus > capacity / 4 && droppable >= surplus) {
            events.subList(0, surplus).clear();
            first += surplus;
        }
    }

    private static int bytes(TokenEvent event) {
        return switch (event) {
            case TokenEvent.Token token -> EVENT_BYTES + token.text().length();
            case TokenEvent.Finished finished -> EVENT_BYTES + finished.text().length();
            case TokenEvent.Accepted accepted -> EVENT_BYTES;
            case TokenEvent.Rejected rejected -> EVENT_BYTES;
        };
    }
}
