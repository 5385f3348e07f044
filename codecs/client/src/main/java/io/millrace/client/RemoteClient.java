package io.millrace.client;

import io.millrace.api.Request;
import io.millrace.api.TokenEvent;
import io.millrace.wire.Requests;
import io.millrace.wire.v1.Generate;
import io.smallrye.mutiny.Multi;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Starts one subscription per subscriber; all of them live on one context. */
final class RemoteClient implements TokenClient {

    private final Vertx vertx;
    private final Context context;
    private final Servers servers;
    private final ClientOptions options;

    RemoteClient(Vertx vertx, Servers servers, ClientOptions options) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.servers = servers;
        this.options = options;
    }

    @Override
    public Multi<TokenEvent> generate(Request request) {
        Generate generate =
                Requests.toWire(request).toBuilder().setApiKey(options.apiKey()).build();
        return stream(() -> StreamPosition.of(generate));
    }

    @Override
    public Multi<TokenEvent> resume(String handle, long lastEvent) {
        return stream(() -> StreamPosition.of(handle, lastEvent));
    }

    private Multi<TokenEvent> stream(Supplier<StreamPosition> start) {
        return Multi.createFrom()
                .publisher(subscriber -> subscriber.onSubscribe(
                        new TokenSubscription(vertx, context, servers, options, start.get(), subscriber)));
    }

    /** Waits for the connection's end, unless that is what would keep it from ending. */
    @Override
    public void close() {
        Future<Void> closed = servers.close();
        if (!Context.isOnVertxThread()) {
            closed.timeout(options.connectTimeout().toMillis(), TimeUnit.MILLISECONDS)
                    .otherwiseEmpty()
                    .await();
        }
    }
}
