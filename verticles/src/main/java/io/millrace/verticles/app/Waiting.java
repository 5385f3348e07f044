package io.millrace.verticles.app;

import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;

/** Lets a command's own thread wait for the event loops. */
final class Waiting {
    private Waiting() {}

    static <T> T on(Future<T> future) throws ExecutionException, InterruptedException {
        return future.toCompletionStage().toCompletableFuture().get();
    }
}
