package io.millrace.client;

import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.api.TokenEvent;
import io.millrace.wire.v1.ClientFrame;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One generation, over all the connections it takes. Owned by the client's context; {@link #request} and {@link #cancel}
 * may come from any thread and are handed over.
 *
 * <p>Holds no tokens: credit keeps the server from sending one that has no demand. Only the terminal event may wait here.
 */
final class TokenSubscription implements Flow.Subscription, Attachment.Owner {

    private final Vertx vertx;
    private final Context context;
    private final Servers servers;
    private final ClientOptions options;
    private final StreamPosition position;
    private final Flow.Subscriber<? super TokenEvent> subscriber;
    private final CreditLedger ledger = new CreditLedger(true);
    private final Backoff backoff;
    private final AtomicLong newDemand = new AtomicLong();

    private volatile boolean done;
    private boolean acceptedDelivered;
    private Optional<TokenEvent> waiting = Optional.empty();
    private Optional<Attachment> current = Optional.empty();
    /** The server of the current attachment, and whether anything came of it. */
    private int server;

    private boolean answered;

    TokenSubscription(
            Vertx vertx,
            Context context,
            Servers servers,
            ClientOptions options,
            StreamPosition position,
            Flow.Subscriber<? super TokenEvent> subscriber) {
        this.vertx = vertx;
        this.context = context;
        this.servers = servers;
        this.options = options;
        this.position = position;
        this.subscriber = subscriber;
        this.backoff = new Backoff(options);
    }

    /** Requests made while one is being handed over join it. */
    @Override
    public void request(long events) {
        if (events <= 0) {
            context.runOnContext(v -> fail(new IllegalArgumentException("request of " + events + " events, need 1")));
        } else if (newDemand.getAndAccumulate(events, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b) == 0) {
            context.runOnContext(v -> takeDemand());
        }
    }

    @Override
    public void cancel() {
        if (!done) {
            done = true;
            context.runOnContext(v -> current.ifPresent(Attachment::cancel));
        }
    }

    @Override
    public ClientFrame opening() {
        return position.opening(server, options.apiKey(), ledger.attach());
    }

    @Override
    public int grant() {
        return ledger.grant();
    }

    @Override
    public void receive(TokenEvent event) {
        if (done) {
            return;
        }
        answered = true;
        if (event instanceof TokenEvent.Token && !ledger.tokenReceived()) {
            throw new ProtocolException("the server sent more tokens than it was granted");
        }
        if (event.terminal()) {
            current.ifPresent(Attachment::finish);
        }
        Optional<Rejection> passing = passing(event);
        if (passing.isPresent() && !backoff.exhausted()) {
            goOn(passing.get());
        } else if (position.advance(event) && !(event instanceof TokenEvent.Accepted && acceptedDelivered)) {
            deliver(event);
        }
    }

    @Override
    public void lost(Throwable cause) {
        if (!done) {
            if (!answered) {
                servers.leave(server);
            }
            retry(cause, 0);
        }
    }

    @Override
    public void fail(Throwable failure) {
        if (!done) {
            done = true;
            current.ifPresent(Attachment::cancel);
            subscriber.onError(failure);
        }
    }

    private void takeDemand() {
        ledger.requested(newDemand.getAndSet(0));
        if (done) {
            return;
        }
        if (current.isEmpty()) {
            attach();
        } else if (waiting.isPresent()) {
            deliver(waiting.get());
        } else {
            current.ifPresent(Attachment::grant);
        }
    }

    private void attach() {
        if (!done) {
            Attachment next = new Attachment(this);
            current = Optional.of(next);
            server = servers.current();
            answered = false;
            next.open(servers.transport(server));
        }
    }

    /**
     * Why the stream ended here, where it may go on: a stream that ran before is worth more tries than a first request, which
     * is the subscriber's to repeat, unless its node shuts down and there are others. With no try left the subscriber reads it.
     */
    private Optional<Rejection> passing(TokenEvent event) {
        return switch (event) {
            case TokenEvent.Rejected rejected ->
                Optional.of(rejected.rejection()).filter(this::passes);
            case TokenEvent.Finished finished ->
                finished.error().filter(error -> error.code() == ErrorCode.UNAVAILABLE);
            case TokenEvent.Accepted accepted -> Optional.empty();
            case TokenEvent.Token token -> Optional.empty();
        };
    }

    private boolean passes(Rejection rejection) {
        return switch (rejection.code()) {
            case NOT_FOUND, REPLAY_GONE -> position.resuming() && position.restartable();
            case UNAVAILABLE -> acceptedDelivered || servers.several();
            default -> acceptedDelivered && rejection.code().retryable();
        };
    }

    private void goOn(Rejection passing) {
        boolean elsewhere = servers.several() && passing.code().retryable();
        if (elsewhere) {
            servers.leave(server);
        }
        switch (passing.code()) {
            case NOT_FOUND, REPLAY_GONE, UNAVAILABLE -> position.restart();
            default -> {}
        }
        ConnectionLostException cause = new ConnectionLostException(passing.message(), null);
        retry(cause, elsewhere ? 0 : passing.retryAfter().toMillis());
    }

    /** Without demand only a terminal event can be here: it waits. */
    private void deliver(TokenEvent event) {
        if (!ledger.hasDemand()) {
            waiting = Optional.of(event);
            return;
        }
        if (event instanceof TokenEvent.Accepted) {
            acceptedDelivered = true;
            ledger.acceptedDelivered();
        } else {
            backoff.progressed();
            ledger.delivered();
        }
        subscriber.onNext(event);
        if (event.terminal() && !done) {
            done = true;
            subscriber.onComplete();
        }
    }

    private void retry(Throwable cause, long leastMillis) {
        if (servers.closed()) {
            fail(new ConnectionLostException("the client was closed", cause));
        } else if (backoff.exhausted()) {
            fail(new ConnectionLostException("gave up after " + backoff.attempts() + " new attempts", cause));
        } else {
            vertx.setTimer(Math.max(leastMillis, backoff.nextMillis()), timer -> attach());
        }
    }
}
