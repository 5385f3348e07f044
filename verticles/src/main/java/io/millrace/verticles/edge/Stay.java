package io.millrace.verticles.edge;

import io.millrace.api.Rejection;
import io.millrace.api.Tier;
import io.millrace.cluster.tier.Reason;
import io.millrace.cluster.tier.Verdict;
import io.millrace.engine.SequenceEvent;
import io.millrace.verticles.batching.EventLoop;
import io.millrace.verticles.batching.RunningSequence;
import io.millrace.verticles.batching.SequenceOwner;
import io.millrace.verticles.peer.RemoteSequence;
import io.millrace.verticles.peer.SequenceAttempt;
import java.time.Duration;
import java.util.Optional;

/** A sequence's stay on one tier. Once it has been left, what that tier still says is not listened to. */
final class Stay implements SequenceAttempt, SequenceOwner {
    private final TieredSequence sequence;
    private final Tier tier;
    private Reason reason;
    private Optional<Heard> heard = Optional.empty();
    private Optional<RunningSequence> running = Optional.empty();
    private boolean left;
    /** What asks the center; empty at the edge. */
    private Optional<RemoteSequence> remote = Optional.empty();

    private long lastWordNanos = System.nanoTime();

    Stay(TieredSequence sequence, Tier tier, Reason reason) {
        this.sequence = sequence;
        this.tier = tier;
        this.reason = reason;
    }

    /** A stay at the edge of which nothing is told before it is decided. */
    static Stay heard(TieredSequence sequence, Verdict.Hear hear) {
        Stay stay = new Stay(sequence, Tier.EDGE, Reason.UNSURE);
        stay.heard = Optional.of(new Heard(hear));
        return stay;
    }

    Tier tier() {
        return tier;
    }

    Reason reason() {
        return reason;
    }

    /** There once the tier has admitted it. */
    Optional<RunningSequence> running() {
        return running;
    }

    void asks(RemoteSequence center) {
        remote = Optional.of(center);
    }

    /** Silence is counted from now on. */
    void word() {
        lastWordNanos = System.nanoTime();
    }

    boolean silent(Duration patience) {
        return System.nanoTime() - lastWordNanos > patience.toNanos();
    }

    /** One that the edge has not admitted yet is cancelled when it is. */
    void leave() {
        left = true;
        if (running.isPresent()) {
            running.get().cancel();
        } else {
            remote.ifPresent(RemoteSequence::abandon);
        }
    }

    /** As {@link #leave}, of a center that does not answer. */
    void abandon() {
        left = true;
        remote.ifPresent(RemoteSequence::abandon);
    }

    @Override
    public EventLoop loop() {
        return sequence.loop();
    }

    @Override
    public void admitted(RunningSequence admitted) {
        if (left) {
            admitted.cancel();
            return;
        }
        running = Optional.of(admitted);
        word();
        if (heard.isEmpty()) {
            sequence.admitted(this);
        }
    }

    @Override
    public void refused(Rejection rejection) {
        if (!left) {
            left = true;
            sequence.refused(this, rejection);
        }
    }

    @Override
    public void event(SequenceEvent event) {
        if (left) {
            return;
        }
        word();
        if (heard.isPresent()) {
            heard.get().add(event).ifPresent(this::decided);
        } else {
            sequence.event(this, event);
        }
    }

    @Override
    public void broken(String why) {
        if (!left) {
            leave();
            sequence.broken();
        }
    }

    private void decided(Verdict verdict) {
        if (verdict instanceof Verdict.Keep keep) {
            Heard kept = heard.orElseThrow();
            heard = Optional.empty();
            reason = keep.reason();
            sequence.admitted(this);
            kept.events().forEach(this::event);
        } else {
            leave();
            sequence.begin(verdict);
        }
    }
}
