package io.millrace.client;

import io.millrace.api.Request;
import io.millrace.api.TokenEvent;
import io.millrace.api.TokenSource;
import io.smallrye.mutiny.Multi;

/** Reads a node in the same program: demand and cancellation go straight to its publisher. */
record InProcessClient(TokenSource source) implements TokenClient {

    @Override
    public Multi<TokenEvent> generate(Request request) {
        return Multi.createFrom().deferred(() -> Multi.createFrom().publisher(source.generate(request)));
    }

    @Override
    public Multi<TokenEvent> resume(String handle, long lastEvent) {
        return Multi.createFrom().deferred(() -> Multi.createFrom().publisher(source.resume(handle, lastEvent)));
    }

    /** The node is its owner's to close. */
    @Override
    public void close() {}
}
