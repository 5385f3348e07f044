package io.millrace.verticles.testing;

import static java.util.stream.Collectors.joining;

import io.millrace.api.ErrorCode;
import io.millrace.api.Request;
import io.millrace.api.TokenEvent;
import io.millrace.verticles.stream.StreamLink;
import io.millrace.verticles.stream.StreamTransport;
import io.millrace.verticles.stream.Streams;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A transport that keeps what it is sent; each on a verticle's event loop of its own, as connections are. */
public final class Reader implements StreamTransport {
    private final Streams streams;
    private final Context context;
    private final List<TokenEvent> events = new CopyOnWriteArrayList<>();
    private volatile boolean writable = true;
    private volatile ErrorCode resetWith;
    private volatile StreamLink link;

    public Reader(TestReplica replica) {
        streams = replica.streams;
        Promise<Context> home = Promise.promise();
        TestReplica.await(replica.vertx.deployVerticle(new AbstractVerticle() {
            @Override
            public void start() {
                home.complete(context);
            }
        }));
        context = TestReplica.await(home.future());
    }

    public Reader generate(Request request, long credit) {
        open(() -> streams.generate(request, Streams.ANYBODY, this, credit));
        return this;
    }

    public Reader generateFor(String tenant, Request request) {
        open(() -> streams.generate(request, tenant, this, StreamLink.UNLIMITED));
        return this;
    }

    public Reader generate(Request request) {
        return generate(request, StreamLink.UNLIMITED);
    }

    public Reader resume(String handle, long lastEvent) {
        return resume(handle, lastEvent, Streams.ANYBODY);
    }

    public Reader resume(String handle, long lastEvent, String tenant) {
        open(() -> streams.resume(handle, lastEvent, tenant, this, StreamLink.UNLIMITED));
        return this;
    }

    /** Says something to the link, on this reader's loop. */
    public void tell(Consumer<StreamLink> message) {
        onLoop(() -> message.accept(link));
    }

    /** Reads nothing more, as a socket whose buffer is full. */
    public void stopReading() {
        writable = false;
    }

    public void readOn() {
        onLoop(() -> {
            writable = true;
            link.drained();
        });
    }

    @Override
    public void send(List<TokenEvent> sent) {
        events.addAll(sent);
    }

    @Override
    public boolean writable() {
        return writable;
    }

    @Override
    public void reset(ErrorCode why) {
        resetWith = why;
    }

    public List<TokenEvent> events() {
        return List.copyOf(events);
    }

    public Optional<ErrorCode> resetWith() {
        return Optional.ofNullable(resetWith);
    }

    public long tokens() {
        return events.stream().filter(TokenEvent.Token.class::isInstance).count();
    }

    public String text() {
        return events.stream()
                .map(event -> switch (event) {
                    case TokenEvent.Token token -> token.text();
                    case TokenEvent.Finished finished -> finished.text();
                    case TokenEvent.Accepted accepted -> "";
                    case TokenEvent.Rejected rejected -> "";
                })
                .collect(joining());
    }

    public String awaitHandle() {
        TestReplica.eventually("accepted", () -> !events.isEmpty());
        return ((TokenEvent.Accepted) events.getFirst()).handle();
    }

    public void awaitTokens(int count) {
        TestReplica.eventually(count + " tokens, of which came " + tokens(), () -> tokens() >= count);
    }

    public TokenEvent awaitEnd() {
        TestReplica.eventually(
                "a terminal event", () -> !events.isEmpty() && events.getLast().terminal());
        return events.getLast();
    }

    private void open(Supplier<Optional<StreamLink>> opening) {
        onLoop(() -> link = opening.get().orElse(null));
    }

    private void onLoop(Runnable action) {
        Promise<Void> done = Promise.promise();
        context.runOnContext(nothing -> {
            action.run();
            done.complete();
        });
        TestReplica.await(done.future());
    }
}
