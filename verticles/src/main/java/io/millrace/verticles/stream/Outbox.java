package io.millrace.verticles.stream;

import io.millrace.api.ErrorCode;
import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.api.TokenEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A stream's way out: numbered events, the connection that has it now, and how much that connection may be sent.
 *
 * <p>Owned by the session's loop. {@link #flush} sends what credit and transport allow; the rest waits here, up to
 * {@code Limits.outputBufferBytes}, which {@link #full} and {@link #roomy} watch over.
 */
final class Outbox {
    private final Limits limits;
    private final ReplayBuffer buffer;
    private StreamLink link;
    private long credit;

    Outbox(Limits limits) {
        this.limits = limits;
        this.buffer = new ReplayBuffer(limits.replayEvents());
    }

    void attach(StreamLink newLink, long initialCredit) {
        link = newLink;
        credit = initialCredit;
    }

    void detach() {
        link = null;
    }

    boolean attached() {
        return link != null;
    }

    boolean attachedTo(StreamLink candidate) {
        return link == candidate;
    }

    /** The client has so many events from another node. Before any event. */
    void startAfter(int events) {
        buffer.startAfter(events);
    }

    void reset(ErrorCode why) {
        if (link != null) {
            link.reset(why);
            link = null;
        }
    }

    /** Past credit and numbering: for {@code Accepted} and {@code Rejected}. */
    void sendNow(TokenEvent event) {
        if (link != null) {
            link.send(List.of(event));
        }
    }

    void credit(long tokens) {
        if (credit != StreamLink.UNLIMITED) {
            credit = tokens >= StreamLink.UNLIMITED - credit ? StreamLink.UNLIMITED - 1 : credit + tokens;
        }
    }

    long nextNumber() {
        return buffer.last() + 1;
    }

    /** Whether the terminal event is in it. */
    boolean complete() {
        return buffer.complete();
    }

    void add(TokenEvent event) {
        buffer.add(event);
    }

    /** Why nobody can go on after event {@code lastSeen}, if so. */
    Optional<Rejection> refusal(long lastSeen) {
        if (lastSeen > buffer.last()) {
            return Optional.of(Rejection.invalid("last_event", "event " + lastSeen + " was never sent"));
        }
        // Whoever saw the finish would wait for nothing: browsers come back to every event stream that ends.
        if (lastSeen == buffer.last() && buffer.complete()) {
            return gone("the stream ended with event " + lastSeen);
        }
        return buffer.holdsAfter(lastSeen)
                ? Optional.empty()
                : gone("events after " + lastSeen + " are no longer held; the limit is " + limits.replayEvents()
                        + " events");
    }

    private static Optional<Rejection> gone(String why) {
        return Optional.of(Rejection.of(ErrorCode.REPLAY_GONE, why));
    }

    void rewind(long lastSeen) {
        buffer.rewind(lastSeen);
    }

    boolean hasUnsent() {
        return buffer.hasUnsent();
    }

    boolean full() {
        return buffer.unsentBytes() >= limits.outputBufferBytes();
    }

    /** Half of what is full, so that a reader at the edge does not stall and start its sequence with every token. */
    boolean roomy() {
        return buffer.unsentBytes() <= limits.outputBufferBytes() / 2;
    }

    void flush() {
        while (link != null && link.writable() && mayTakeNext()) {
            link.send(takeBatch());
        }
    }

    /** A finish needs no credit: it is what tells the client that the wait is over. */
    private boolean mayTakeNext() {
        return buffer.hasUnsent() && (credit > 0 || buffer.nextUnsent().terminal());
    }

    private List<TokenEvent> takeBatch() {
        List<TokenEvent> batch = new ArrayList<>();
        while (batch.size() < limits.eventsPerFrame() && mayTakeNext()) {
            TokenEvent event = buffer.take();
            if (credit != StreamLink.UNLIMITED && !event.terminal()) {
                credit--;
            }
            batch.add(event);
        }
        return batch;
    }
}
