package io.millrace.verticles.app;

import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.verticles.stream.Replica;
import io.millrace.verticles.stream.Streams;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;

/** The end of a node's service: nothing new comes in, and what runs gets to its end, or is given one. */
final class Drain {
    private static final String WHY = "the node is shutting down";
    private static final Duration POLL = Duration.ofMillis(20);
    /** For the last events of streams that were ended; those of a client that does not read are given up then. */
    private static final Duration LAST_EVENTS = Duration.ofSeconds(2);

    private final Vertx vertx;
    private final Streams streams;
    private final Duration timeout;

    /** @param timeout how long streams may run on */
    Drain(Vertx vertx, Streams streams, Duration timeout) {
        this.vertx = vertx;
        this.streams = streams;
        this.timeout = timeout;
    }

    /** Completes with whether all streams ended by themselves. */
    Future<Boolean> run() {
        Replica before = streams.replica();
        streams.switchTo(new Replica.Unready(WHY));
        return awaitStreams(timeout, () -> {})
                .compose(all -> all
                        ? Future.succeededFuture(true)
                        : awaitStreams(LAST_EVENTS, () -> endAll(before)).map(false));
    }

    /** Again at each poll: a prompt that was being encoded may have been admitted since. */
    private static void endAll(Replica replica) {
        if (replica instanceof Replica.Ready ready) {
            ready.runner().endAll(Rejection.of(ErrorCode.UNAVAILABLE, WHY));
        }
    }

    /** Completes with whether no connection waits for anything any more. */
    private Future<Boolean> awaitStreams(Duration patience, Runnable meanwhile) {
        Promise<Boolean> done = Promise.promise();
        poll(System.nanoTime() + patience.toNanos(), meanwhile, done);
        return done.future();
    }

    /**
     * One timer after the other, none of which is cancelled: Vert.x cannot cancel a timer that runs before the thread that
     * set it has got it back, and on a busy core a periodic one does.
     */
    private void poll(long deadline, Runnable meanwhile, Promise<Boolean> done) {
        meanwhile.run();
        boolean settled = streams.awaited() == 0;
        if (settled || System.nanoTime() - deadline >= 0) {
            done.complete(settled);
        } else {
            vertx.setTimer(POLL.toMillis(), id -> poll(deadline, meanwhile, done));
        }
    }
}
