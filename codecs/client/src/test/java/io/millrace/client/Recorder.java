package io.millrace.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.api.TokenEvent;
import io.smallrye.mutiny.Multi;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;

/** A subscriber whose demand the test decides; signals come out in their order. */
final class Recorder implements Flow.Subscriber<TokenEvent> {

    private static final Object COMPLETED = "completed";

    private final BlockingQueue<Object> signals = new LinkedBlockingQueue<>();
    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();

    static Recorder of(Multi<TokenEvent> multi) {
        Recorder recorder = new Recorder();
        multi.subscribe(recorder);
        return recorder;
    }

    Recorder request(long events) {
        subscription.join().request(events);
        return this;
    }

    void cancel() {
        subscription.join().cancel();
    }

    TokenEvent event() {
        return assertInstanceOf(TokenEvent.class, Peer.await(signals));
    }

    TokenEvent.Token token() {
        return assertInstanceOf(TokenEvent.Token.class, event());
    }

    void completes() {
        assertEquals(COMPLETED, Peer.await(signals));
    }

    <T extends Throwable> T fails(Class<T> type) {
        return assertInstanceOf(type, Peer.await(signals));
    }

    /** Whether what has come so far was taken. */
    boolean quiet() {
        return signals.isEmpty();
    }

    @Override
    public void onSubscribe(Flow.Subscription granted) {
        subscription.complete(granted);
    }

    @Override
    public void onNext(TokenEvent event) {
        signals.add(event);
    }

    @Override
    public void onError(Throwable failure) {
        signals.add(failure);
    }

    @Override
    public void onComplete() {
        signals.add(COMPLETED);
    }
}
