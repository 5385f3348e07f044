package io.millrace.verticles.cluster;

import io.micrometer.core.instrument.Counter;
import io.millrace.api.ErrorCode;
import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.engine.SchedulerLoad;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.batching.SequenceOwner;
import io.millrace.verticles.batching.SequenceRunner;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs sequences on whichever replica has least to do, and goes on on another where one is lost. Thread-safe. */
final class RoutedRunner implements SequenceRunner {
    private static final Logger LOG = LoggerFactory.getLogger(RoutedRunner.class);

    private final Vertx vertx;
    private final Routes routes;
    private final Counter handovers;
    /** Bounded by {@link Limits#maxStreams}: each has a stream of this node. */
    private final Set<RoutedSequence> sequences = ConcurrentHashMap.newKeySet();
    /** As of the last replica that said no; what a client is told where all did. */
    private volatile Optional<Rejection> lastRefusal = Optional.empty();

    private volatile boolean closing;

    RoutedRunner(Vertx vertx, Routes routes, Counter handovers) {
        this.vertx = vertx;
        this.routes = routes;
        this.handovers = handovers;
    }

    @Override
    public void submit(SequenceSpec spec, SequenceOwner owner) {
        RoutedSequence sequence = new RoutedSequence(this, spec, owner);
        sequences.add(sequence);
        owner.loop().run(sequence::begin);
    }

    @Override
    public void endAll(Rejection why) {
        closing = true;
        sequences.forEach(sequence -> sequence.loop().run(() -> sequence.end(why)));
        routes.endAll(why);
    }

    @Override
    public SchedulerLoad load() {
        return routes.load();
    }

    /** Moves what runs on replicas that are not heard of any more. */
    void checkReplicas() {
        sequences.forEach(sequence -> sequence.loop()
                .run(() -> sequence.replica().filter(routes::gone).ifPresent(sequence::lost)));
    }

    // ---- from its sequences

    Optional<Route> choose(int tokens, long prefix, Set<String> tried) {
        return routes.choose(tokens, prefix, tried);
    }

    void after(Duration delay, Runnable action) {
        vertx.setTimer(delay.toMillis(), id -> action.run());
    }

    void handedOver(String from, String why) {
        handovers.increment();
        LOG.info("a stream leaves {}: {}", from, why);
    }

    void forget(String replica) {
        routes.forget(replica);
    }

    void refused(Rejection rejection) {
        lastRefusal = Optional.of(rejection);
    }

    Rejection noReplica() {
        return lastRefusal.orElse(
                new Rejection(ErrorCode.UNAVAILABLE, "no replica takes requests now", "", Duration.ofSeconds(1)));
    }

    void finished(int outputTokens) {
        routes.finished(outputTokens);
    }

    boolean closing() {
        return closing;
    }

    void remove(RoutedSequence sequence) {
        sequences.remove(sequence);
    }
}
