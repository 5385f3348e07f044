package io.millrace.verticles.edge;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.api.Tier;
import io.millrace.cluster.tier.Asked;
import io.millrace.cluster.tier.Reason;
import io.millrace.cluster.tier.Verdict;
import io.millrace.engine.SchedulerLoad;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.batching.SequenceOwner;
import io.millrace.verticles.batching.SequenceRunner;
import io.millrace.verticles.edge.CenterLink.Center;
import io.millrace.verticles.peer.RemoteSequence;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs sequences here or at the center, as the policy says and the center's health allows. Thread-safe. */
public final class TieredRunner implements SequenceRunner {
    private static final Logger LOG = LoggerFactory.getLogger(TieredRunner.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    /** How often streams are looked at for silence, in each {@link EdgeSetup#centerTimeout}. */
    private static final int LOOKS = 4;

    private final Vertx vertx;
    private final EdgeSetup setup;
    private final SequenceRunner local;
    private final EdgeMeters meters;
    private final CenterLink link;
    /** Bounded by {@code Limits.maxStreams}: each has a stream of this node. */
    private final Set<TieredSequence> sequences = ConcurrentHashMap.newKeySet();

    private volatile boolean closing;

    /**
     * @param tokenizer of this node's model, see {@code ServedModel}
     * @param local     the light model: of this node, or of the cluster that this edge is
     */
    public TieredRunner(Vertx vertx, EdgeSetup setup, String tokenizer, SequenceRunner local, MeterRegistry registry) {
        this.vertx = vertx;
        this.setup = setup;
        this.local = local;
        this.meters = new EdgeMeters(registry);
        this.link = new CenterLink(vertx, setup, tokenizer, this::centerLost);
        meters.watch(() -> link.center().isPresent());
    }

    /**
     * Looks for the center, which may be down.
     *
     * @return fails with {@link TokenizerMismatchException} where the center is there and is of no use
     */
    public Future<Void> start() {
        vertx.setPeriodic(Math.max(1, setup.centerTimeout().toMillis() / LOOKS), look -> checkSilence());
        return link.start();
    }

    private void checkSilence() {
        sequences.forEach(sequence -> sequence.loop().run(() -> sequence.checkSilence(setup.centerTimeout())));
    }

    /** What comes without a client's request is computed here: nobody asked this edge to choose. */
    @Override
    public void submit(SequenceSpec spec, SequenceOwner owner) {
        local.submit(spec, owner);
    }

    @Override
    public void submit(Request request, SequenceSpec spec, SequenceOwner owner) {
        Verdict verdict = setup.policy().judge(Asked.of(request, spec.tokens().length - spec.generated()));
        TieredSequence sequence = new TieredSequence(this, spec, owner);
        sequences.add(sequence);
        owner.loop().run(() -> sequence.begin(verdict));
    }

    @Override
    public void endAll(Rejection why) {
        closing = true;
        sequences.forEach(sequence -> sequence.loop().run(() -> sequence.end(why)));
        local.endAll(why);
    }

    /** The edge's own: what runs at the center costs nothing here. */
    @Override
    public SchedulerLoad load() {
        return local.load();
    }

    private void centerLost() {
        sequences.forEach(sequence -> sequence.loop().run(sequence::centerLost));
    }

    // ---- from its sequences

    void atEdge(SequenceSpec spec, Stay stay) {
        local.submit(spec, stay);
    }

    /** Nothing happens where the center is not there now. */
    Optional<Center> atCenter(SequenceSpec spec, Stay stay) {
        Optional<Center> center = link.center();
        center.ifPresent(now -> {
            RemoteSequence remote = new RemoteSequence(setup.tokenWindow(), stay, meters);
            stay.asks(remote);
            remote.start(now.client(), setup.center(), now.model(), spec);
        });
        return center;
    }

    void broke(Center center) {
        link.suspect(center);
    }

    boolean takesOver() {
        return setup.takeOver() && !closing;
    }

    boolean centerThere() {
        return link.center().isPresent() && !closing;
    }

    static Rejection centerGone() {
        return new Rejection(ErrorCode.UNAVAILABLE, "the center cannot be reached", "", RETRY_AFTER);
    }

    void after(Duration delay, Runnable action) {
        vertx.setTimer(delay.toMillis(), id -> action.run());
    }

    void admitted(Tier tier, Reason reason) {
        meters.admitted(tier, reason);
    }

    void takenOver(String why) {
        meters.takenOver();
        LOG.info("the edge goes on with a stream of the center: {}", why);
    }

    void remove(TieredSequence sequence) {
        sequences.remove(sequence);
    }
}
