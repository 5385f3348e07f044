package io.millrace.verticles.edge;

import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.api.Tier;
import io.millrace.cluster.tier.Reason;
import io.millrace.cluster.tier.Verdict;
import io.millrace.engine.SequenceEvent;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.batching.EventLoop;
import io.millrace.verticles.batching.RunningSequence;
import io.millrace.verticles.batching.SequenceOwner;
import io.millrace.verticles.edge.CenterLink.Center;
import io.millrace.verticles.peer.Transcript;
import java.time.Duration;
import java.util.Optional;

/**
 * A sequence on one of two tiers. Its owner sees one admission, every token once, one end. Owned by its owner's loop.
 *
 * <pre>
 *   heard ──sure──▶ EDGE ◀──gone, full── CENTER
 *     └────unsure──▶ CENTER ◀──full── EDGE       (before a client was told of it)
 * </pre>
 */
final class TieredSequence implements RunningSequence {
    private static final Duration RETRY = Duration.ofMillis(200);
    /** Half a minute, for the edge to have room for what the center dropped, or for the center to be back. */
    private static final int MOST_RETRIES = 150;

    private final TieredRunner runner;
    private final SequenceOwner owner;
    private final Transcript transcript;
    private Optional<Stay> stay = Optional.empty();
    private Optional<Center> center = Optional.empty();
    /** Where it is, or was last. */
    private Tier place = Tier.EDGE;

    private boolean fromCenter;
    private boolean fromEdge;
    private boolean admitted;
    private boolean stalled;
    private boolean parked;
    private boolean ended;
    /** Whether the center may have it where the edge is full. */
    private boolean mayLeave;

    private int retries;

    TieredSequence(TieredRunner runner, SequenceSpec spec, SequenceOwner owner) {
        this.runner = runner;
        this.owner = owner;
        this.transcript = new Transcript(spec);
    }

    EventLoop loop() {
        return owner.loop();
    }

    void begin(Verdict verdict) {
        switch (verdict) {
            case Verdict.Keep keep -> {
                mayLeave = keep.reason() != Reason.NEVER;
                atEdge(new Stay(this, Tier.EDGE, keep.reason()));
            }
            case Verdict.Hear hear -> {
                mayLeave = true;
                atEdge(Stay.heard(this, hear));
            }
            case Verdict.Escalate escalate -> {
                mayLeave = false;
                atCenter(escalate.reason());
            }
        }
    }

    private void atEdge(Stay here) {
        place = Tier.EDGE;
        stay = Optional.of(here);
        runner.atEdge(transcript.rest(), here);
    }

    private void atCenter(Reason reason) {
        Stay there = new Stay(this, Tier.CENTER, reason);
        place = Tier.CENTER;
        stay = Optional.of(there);
        center = runner.atCenter(transcript.rest(), there);
        if (center.isEmpty()) {
            withoutCenter(Reason.CENTER_DOWN, TieredRunner.centerGone());
        }
    }

    private void withoutCenter(Reason reason, Rejection why) {
        stay = Optional.empty();
        if (!runner.takesOver()) {
            fail(why);
            return;
        }
        if (admitted) {
            runner.takenOver(why.message());
        }
        atEdge(new Stay(this, Tier.EDGE, reason));
    }

    /** A client that was told nothing yet can ask again; one that was waits for either tier. */
    private void withoutEdge(Rejection why) {
        stay = Optional.empty();
        if (mayLeave && !admitted && why.code().retryable() && runner.centerThere()) {
            mayLeave = false;
            atCenter(Reason.EDGE_FULL);
        } else if (admitted && why.code().retryable() && ++retries <= MOST_RETRIES) {
            runner.after(RETRY, this::again);
        } else {
            fail(admitted ? Rejection.of(ErrorCode.UNAVAILABLE, "the edge cannot go on: " + why.message()) : why);
        }
    }

    private void again() {
        if (ended || parked || stay.isPresent()) {
            return;
        }
        if ((fromCenter || place == Tier.CENTER) && runner.centerThere()) {
            atCenter(Reason.EDGE_FULL);
        } else {
            atEdge(new Stay(this, Tier.EDGE, Reason.CENTER_DOWN));
        }
    }

    // ---- from its stay

    void admitted(Stay here) {
        if (stalled) {
            here.running().ifPresent(RunningSequence::stall);
        }
        if (!admitted) {
            admitted = true;
            runner.admitted(here.tier(), here.reason());
            owner.admitted(this);
        }
    }

    void refused(Stay here, Rejection why) {
        if (here.tier() == Tier.EDGE) {
            withoutEdge(why);
        } else if (why.code().retryable()) {
            withoutCenter(why.code() == ErrorCode.OVERLOADED ? Reason.CENTER_FULL : Reason.CENTER_DOWN, why);
        } else {
            fail(why);
        }
    }

    /** The center's stay is over, and the center itself under suspicion. */
    void broken() {
        center.ifPresent(runner::broke);
        withoutCenter(Reason.CENTER_DOWN, TieredRunner.centerGone());
    }

    void event(Stay here, SequenceEvent event) {
        switch (event) {
            case SequenceEvent.Sampled sampled -> sampled(here, sampled);
            case SequenceEvent.Ended end -> ended(here, end);
        }
    }

    private void sampled(Stay here, SequenceEvent.Sampled sampled) {
        if (sampled.number() != transcript.generated() + 1) {
            here.broken("token " + sampled.number() + " came where " + (transcript.generated() + 1) + " was due");
            return;
        }
        fromCenter |= here.tier() == Tier.CENTER;
        fromEdge |= here.tier() == Tier.EDGE;
        transcript.append(sampled.token());
        owner.event(sampled);
    }

    private void ended(Stay here, SequenceEvent.Ended end) {
        Optional<Rejection> again = end.error().filter(error -> error.code().retryable());
        if (here.tier() == Tier.CENTER && again.isPresent()) {
            here.leave();
            withoutCenter(Reason.CENTER_DOWN, again.get());
        } else {
            over();
            owner.event(end);
        }
    }

    // ---- from the link

    /** The center does not answer any more. */
    void centerLost() {
        stay.filter(there -> there.tier() == Tier.CENTER).ifPresent(there -> there.broken("it does not answer"));
    }

    /** The center may answer probes and yet have forgotten, or never have heard of, what it was asked. */
    void checkSilence(Duration patience) {
        stay.filter(there -> there.tier() == Tier.CENTER && !stalled && there.silent(patience))
                .ifPresent(there -> {
                    there.abandon();
                    center.ifPresent(runner::broke);
                    String why = "the center left the stream without a word for " + patience.toMillis() + " ms";
                    withoutCenter(Reason.CENTER_DOWN, Rejection.of(ErrorCode.UNAVAILABLE, why));
                });
    }

    // ---- from its owner

    @Override
    public Tier tier() {
        if (fromCenter && fromEdge) {
            return Tier.CENTER_THEN_EDGE;
        }
        return fromCenter ? Tier.CENTER : fromEdge ? Tier.EDGE : place;
    }

    @Override
    public void cancel() {
        stop();
        over();
    }

    @Override
    public void finish() {
        stay.flatMap(Stay::running).ifPresent(RunningSequence::finish);
        over();
    }

    @Override
    public void stall() {
        stalled = true;
        stay.flatMap(Stay::running).ifPresent(RunningSequence::stall);
    }

    @Override
    public void unstall() {
        stalled = false;
        stay.ifPresent(Stay::word);
        stay.flatMap(Stay::running).ifPresent(RunningSequence::unstall);
    }

    /** The tokens are here: a sequence without a client costs neither tier anything. */
    @Override
    public void park() {
        parked = true;
        stop();
    }

    @Override
    public void unpark() {
        if (parked) {
            parked = false;
            retries = 0;
            again();
        }
    }

    /** Ends it with an error, wherever it runs. */
    void end(Rejection why) {
        if (!ended) {
            stop();
            fail(why);
        }
    }

    // ---- small parts

    private void fail(Rejection why) {
        over();
        if (admitted) {
            owner.event(transcript.failed(why));
        } else {
            owner.refused(why);
        }
    }

    private void stop() {
        stay.ifPresent(Stay::leave);
        stay = Optional.empty();
    }

    private void over() {
        ended = true;
        stay = Optional.empty();
        runner.remove(this);
    }
}
