package io.millrace.verticles.edge;

import io.millrace.api.Rejection;
import io.millrace.api.Tier;
import io.millrace.cluster.tier.Reason;
import io.millrace.cluster.tier.Verdict;
import io.millrace.engine.SequenceEvent;
import io.millrace.verticles.batching.EventLoop;
import io.millrace.verticles.batching.RunningSequence;
import io.millrace.verticles.batching.SequenceOwner;
import io.millrace.verticles.peer.SequenceAttempt;
import java.util.Optional;

/** A sequence's stay on one tier. Once it has been left, what that tier still says is not listened to. */
final class Stay implements SequenceAttempt, SequenceOwner {
    private final TieredSequence sequence;
    private final Tier tier;
    private Reason reason;
    private Optional<Heard> heard = Optional.empty();
    private Optional<RunningSequence> running = Optional.empty();
    private boolean left;

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

    /** One that is not admitted yet is cancelled when it is. */
    void leave() {
        left = true;
        running.ifPresent(RunningSequence::cancel);
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
            sequence.broken(this, why);
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
