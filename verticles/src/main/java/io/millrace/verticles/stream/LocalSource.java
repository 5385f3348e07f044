package io.millrace.verticles.stream;

import io.millrace.api.Request;
import io.millrace.api.TokenEvent;
import io.millrace.api.TokenSource;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.function.Function;

/** The streams of this node as publishers, for programs in the same JVM. */
public final class LocalSource implements TokenSource {
    private final Vertx vertx;
    private final Streams streams;

    public LocalSource(Vertx vertx, Streams streams) {
        this.vertx = vertx;
        this.streams = streams;
    }

    @Override
    public Flow.Publisher<TokenEvent> generate(Request request) {
        return subscriber ->
                subscribe(subscriber, transport -> streams.generate(request, Streams.ANYBODY, transport, 0));
    }

    @Override
    public Flow.Publisher<TokenEvent> resume(String handle, long lastEvent) {
        return subscriber ->
                subscribe(subscriber, transport -> streams.resume(handle, lastEvent, Streams.ANYBODY, transport, 0));
    }

    private void subscribe(
            Flow.Subscriber<? super TokenEvent> subscriber, Function<StreamTransport, Optional<StreamLink>> open) {
        Context context = vertx.getOrCreateContext();
        context.runOnContext(nothing -> {
            LocalSubscription subscription = new LocalSubscription(context, subscriber);
            open.apply(subscription).ifPresent(subscription::link);
            subscriber.onSubscribe(subscription);
        });
    }
}
