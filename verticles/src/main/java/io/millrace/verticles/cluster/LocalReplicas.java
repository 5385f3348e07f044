package io.millrace.verticles.cluster;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.cluster.LeastOutstanding;
import io.millrace.cluster.ReplicaLoad;
import io.millrace.cluster.Router;
import io.millrace.cluster.Work;
import io.millrace.engine.SchedulerLoad;
import io.millrace.verticles.batching.SequenceRunner;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Several replicas of one model in this process, as one runner. A request goes to the replica with least to do, and where
 * that is full to another. One that is lost gets nothing any more, and its streams go on on the others: a restart of the
 * process brings it back.
 *
 * <p>Every sequence is counted here from its choice to its end, so loads are exact, and the least one needs no second
 * draw. Any event loop asks, once a request; every call is short and guarded by this object.
 */
public final class LocalReplicas implements Routes {
    private static final Logger LOG = LoggerFactory.getLogger(LocalReplicas.class);
    private static final Rejection LOST = Rejection.of(ErrorCode.UNAVAILABLE, "the model stopped working");

    private final Router router = new LeastOutstanding(0);
    private final MeanOutput meanOutput = new MeanOutput();
    /** As many as the configuration says. */
    private final List<CountedReplica> replicas = new ArrayList<>();

    private final RoutedRunner runner;
    private final Runnable onAllLost;

    /** @param onAllLost called once, on the batching loop of the last one, when none serves any more */
    public LocalReplicas(Vertx vertx, MeterRegistry meters, Runnable onAllLost) {
        this.runner = new RoutedRunner(vertx, this, meters.counter("millrace.replicas.handovers"));
        this.onAllLost = onAllLost;
        Gauge.builder(
                        "millrace.replicas.lost",
                        this,
                        all -> all.count() - all.serving().size())
                .description("Replicas of this process that stopped working; a restart brings them back")
                .register(meters);
    }

    /** One more, idle. They are numbered from 0, in the order of the calls. */
    public synchronized void add(SequenceRunner replica) {
        replicas.add(new CountedReplica("replica " + replicas.size(), replica));
    }

    /** What streams are to use, once all are added. */
    public SequenceRunner runner() {
        return runner;
    }

    /** A replica stopped working for good. It may be said again, for every step that fails. */
    public void lost(int replica) {
        if (!lose(replica)) {
            return;
        }
        int left = serving().size();
        LOG.error("replica {} stopped working; {} of {} go on", replica, left, count());
        if (left == 0) {
            runner.endAll(LOST); // or what waits for a replica with room would wait on
            onAllLost.run();
        }
    }

    private synchronized boolean lose(int replica) {
        boolean served = replicas.get(replica).serves();
        replicas.get(replica).lose();
        return served;
    }

    private synchronized int count() {
        return replicas.size();
    }

    private synchronized List<CountedReplica> serving() {
        return replicas.stream().filter(CountedReplica::serves).toList();
    }

    @Override
    public synchronized Optional<Route> choose(int tokens, long prefix, Set<String> tried) {
        List<CountedReplica> open = serving().stream()
                .filter(replica -> !tried.contains(replica.name()))
                .toList();
        if (open.isEmpty()) {
            return Optional.empty();
        }
        int output = (int) Math.round(meanOutput.tokens());
        List<ReplicaLoad> loads = open.stream().map(CountedReplica::load).toList();
        ReplicaLoad chosen = router.choose(new Work(tokens + output, prefix), loads);
        return Optional.of(open.get(loads.indexOf(chosen)).take(tokens, output));
    }

    /** No message was late or missing: only {@link #lost} says that a replica is. */
    @Override
    public void forget(String replica) {
        LOG.error("{} broke a stream", replica);
    }

    @Override
    public boolean gone(String replica) {
        return false;
    }

    @Override
    public synchronized void finished(int outputTokens) {
        meanOutput.finished(outputTokens);
    }

    /** The sum over those that serve. */
    @Override
    public SchedulerLoad load() {
        return serving().stream()
                .map(replica -> replica.runner().load())
                .reduce(SchedulerLoad.NONE, SchedulerLoad::plus);
    }

    @Override
    public void endAll(Rejection why) {
        serving().forEach(replica -> replica.runner().endAll(why));
    }
}
