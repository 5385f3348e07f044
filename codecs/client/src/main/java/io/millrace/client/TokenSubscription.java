package io.millrace.client;

import io.millrace.api.Rejection;
import io.millrace.api.TokenEvent;
import io.millrace.wire.Decoded;
import io.millrace.wire.Events;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.Credit;
import io.millrace.wire.v1.ServerFrame;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One generation, over all the connections it takes. Owned by the client's context; {@link #request} and {@link #cancel}
 * may come from any thread and are handed over.
 *
 * <p>Holds no tokens: credit keeps the server from sending one that has no demand. Only the terminal event may wait here.
 */
final class TokenSubscription implements Flow.Subscription {

    private final Vertx vertx;
    private final Context context;
    private final Transport transport;
    private final ClientOptions options;
    private final StreamPosition position;
    private final Flow.Subscriber<? super TokenEvent> subscriber;
    private final CreditLedger ledger = new CreditLedger(true);
    private final Backoff backoff;
    private final AtomicLong newDemand = new AtomicLong();

    private volatile boolean done;
    private boolean acceptedDelivered;
    private Optional<TokenEvent> heldBack = Optional.empty();
    private Attachment current;

    TokenSubscription(
            Vertx vertx,
            Context context,
            Transport transport,
            ClientOptions options,
            StreamPosition position,
            Flow.Subscriber<? super TokenEvent> subscriber) {
        this.vertx = vertx;
        this.context = context;
        this.transport = transport;
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
            context.runOnContext(v -> Optional.ofNullable(current).ifPresent(Attachment::cancel));
        }
    }

    private void takeDemand() {
        ledger.requested(newDemand.getAndSet(0));
        if (done) {
            return;
        }
        if (current == null) {
            attach();
        } else if (heldBack.isPresent()) {
            deliver(heldBack.get());
        } else {
            current.grant();
        }
    }

    private void attach() {
        if (!done) {
            current = new Attachment();
            current.open();
        }
    }

    /** @throws ProtocolException where the event may not come now */
    private void receive(TokenEvent event) {
        if (event instanceof TokenEvent.Token && !ledger.tokenReceived()) {
            throw new ProtocolException("the server sent more tokens than it was granted");
        }
        if (event instanceof TokenEvent.Rejected rejected && acceptedDelivered && retryable(rejected.rejection())) {
            Rejection rejection = rejected.rejection();
            current.lost(
                    new ConnectionLostException(rejection.message(), null),
                    rejection.retryAfter().toMillis());
        } else if (position.advance(event) && !(event instanceof TokenEvent.Accepted && acceptedDelivered)) {
            deliver(event);
        }
    }

    private static boolean retryable(Rejection rejection) {
        return rejection.code().retryable();
    }

    /** Without demand only a terminal event can be here: it waits. */
    private void deliver(TokenEvent event) {
        if (!ledger.hasDemand()) {
            heldBack = Optional.of(event);
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

    private void fail(Throwable failure) {
        if (!done) {
            done = true;
            Optional.ofNullable(current).ifPresent(Attachment::cancel);
            subscriber.onError(failure);
        }
    }

    private void retry(Throwable cause, long leastMillis) {
        if (transport.closed()) {
            fail(new ConnectionLostException("the client was closed", cause));
        } else if (backoff.exhausted()) {
            fail(new ConnectionLostException("gave up after " + backoff.attempts() + " new attempts", cause));
        } else {
            vertx.setTimer(Math.max(leastMillis, backoff.nextMillis()), timer -> attach());
        }
    }

    /** The generation on one connection. Once it is over, what still comes of it is dropped. */
    private final class Attachment implements Transport.Listener {

        private Optional<Transport.FrameChannel> channel = Optional.empty();
        private boolean over;
        private long signsOfLife = -1;

        void open() {
            transport.open(this).onComplete(this::opened, this::lost);
        }

        private void opened(Transport.FrameChannel opened) {
            channel = Optional.of(opened);
            if (over) {
                opened.finish();
                return;
            }
            opened.send(position.opening(options.apiKey(), ledger.attach()));
            signsOfLife = vertx.setPeriodic(options.idleTimeout().toMillis() / 3, timer -> send(0));
        }

        void grant() {
            int tokens = channel.isPresent() && !over ? ledger.grant() : 0;
            if (tokens > 0) {
                send(tokens);
            }
        }

        private void send(int tokens) {
            ClientFrame credit = ClientFrame.newBuilder()
                    .setCredit(Credit.newBuilder().setTokens(tokens))
                    .build();
            channel.ifPresent(open -> open.send(credit));
        }

        void cancel() {
            if (end()) {
                channel.ifPresent(Transport.FrameChannel::cancel);
            }
        }

        @Override
        public void frame(ServerFrame frame) {
            try {
                switch (Events.fromWire(frame)) {
                    case Decoded.Value<List<TokenEvent>> events ->
                        events.value().forEach(this::event);
                    case Decoded.Malformed<List<TokenEvent>> malformed ->
                        broken(malformed.rejection().message());
                }
            } catch (ProtocolException e) {
                fail(e);
            }
            grant();
        }

        private void event(TokenEvent event) {
            if (over || done) {
                return;
            }
            receive(event);
            if (event.terminal() && end()) {
                channel.ifPresent(Transport.FrameChannel::finish);
            }
        }

        @Override
        public void lost(Throwable cause) {
            lost(cause, 0);
        }

        void lost(Throwable cause, long leastMillis) {
            if (end() && !done) {
                channel.ifPresent(Transport.FrameChannel::finish);
                retry(cause, leastMillis);
            }
        }

        @Override
        public void broken(String why) {
            fail(new ProtocolException(why));
        }

        /** @return whether it was not over before */
        private boolean end() {
            boolean first = !over;
            over = true;
            vertx.cancelTimer(signsOfLife);
            return first;
        }
    }
}
