package io.millrace.verticles.stream;

import io.millrace.api.ErrorCode;
import io.millrace.api.TokenEvent;
import io.vertx.core.Context;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Flow;

/**
 * One subscription; everything happens on its context. Tokens are paid for with credit, so that they never wait
 * here; the frames that cost none (Accepted, Finished, Rejected) wait for demand in a queue of at most two.
 */
final class LocalSubscription implements StreamTransport, Flow.Subscription {
    private final Context context;
    private final Flow.Subscriber<? super TokenEvent> subscriber;
    private final Queue<TokenEvent> queue = new ArrayDeque<>();
    private StreamLink link;
    private long demand;
    private long granted;
    private boolean done;

    LocalSubscription(Context context, Flow.Subscriber<? super TokenEvent> subscriber) {
        this.context = context;
        this.subscriber = subscriber;
    }

    void link(StreamLink opened) {
        link = opened;
    }

    @Override
    public void request(long n) {
        context.runOnContext(nothing -> {
            if (n <= 0) {
                fail(new IllegalArgumentException("demand must be positive: " + n));
                return;
            }
            demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
            grant();
            emit();
        });
    }

    @Override
    public void cancel() {
        context.runOnContext(nothing -> {
            done = true;
            if (link != null) {
                link.cancel();
            }
        });
    }

    @Override
    public void send(List<TokenEvent> events) {
        queue.addAll(events);
        emit();
    }

    @Override
    public boolean writable() {
        return true;
    }

    @Override
    public void reset(ErrorCode why) {
        fail(new IllegalStateException("the stream ended on this connection: " + why));
    }

    /** Credit is what the subscriber asked for and has not been paid yet. */
    private void grant() {
        if (link != null && demand > granted) {
            link.credit(demand - granted);
            granted = demand;
        }
    }

    private void emit() {
        while (!done && demand > 0 && !queue.isEmpty()) {
            TokenEvent event = queue.poll();
            if (demand != Long.MAX_VALUE) {
                demand--;
                granted--;
            }
            subscriber.onNext(event);
            if (event.terminal()) {
                done = true;
                subscriber.onComplete();
            }
        }
    }

    private void fail(RuntimeException failure) {
        if (!done) {
            done = true;
            if (link != null) {
                link.cancel();
            }
            subscriber.onError(failure);
        }
    }
}
