package io.millrace.verticles.cluster;

import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.engine.SequenceEvent;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.batching.EventLoop;
import io.millrace.verticles.batching.RunningSequence;
import io.millrace.verticles.batching.SequenceOwner;
import io.millrace.verticles.peer.SequenceAttempt;
import io.millrace.verticles.peer.Transcript;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * A sequence that survives the replica it runs on: it keeps prompt and output, and where a replica breaks, drains or falls
 * silent it goes on on another. Its owner sees one admission, every token once, one end. Owned by its owner's loop.
 *
 * <p>A draw depends on seed and position alone and greedy decoding on the tokens before, so the next replica goes on as
 * the last one would have.
 */
final class RoutedSequence implements RunningSequence {
    /** Asked before it waits or gives up: under overload each refusal would else be asked of every replica. */
    private static final int REPLICAS_ASKED = 3;
    /** A sequence that breaks every replica it meets must not meet them all. */
    private static final int MOST_HANDOVERS = 8;

    private static final Duration RETRY = Duration.ofMillis(200);
    /** Longer than a replica takes to be missed and another one to have room. */
    private static final int MOST_RETRIES = 150;

    private static final int PREFIX_TOKENS = 64;

    private final RoutedRunner runner;
    private final SequenceSpec spec;
    private final SequenceOwner owner;
    private final Transcript transcript;
    private final Set<String> tried = new HashSet<>();
    private Optional<Attempt> attempt = Optional.empty();
    private boolean admitted;
    private boolean stalled;
    private boolean parked;
    private boolean ended;
    private int handovers;
    private int retries;

    RoutedSequence(RoutedRunner runner, SequenceSpec spec, SequenceOwner owner) {
        this.runner = runner;
        this.spec = spec;
        this.owner = owner;
        this.transcript = new Transcript(spec);
    }

    EventLoop loop() {
        return owner.loop();
    }

    /** Asks a replica; a later one where it was asked before. */
    void begin() {
        if (ended || parked) {
            return;
        }
        Optional<Route> route =
                tried.size() < REPLICAS_ASKED ? runner.choose(transcript.length(), prefix(), tried) : Optional.empty();
        if (route.isPresent()) {
            Attempt next = new Attempt(route.get().replica());
            attempt = Optional.of(next);
            route.get().start(transcript.rest(), next, owner.loop());
        } else if (!admitted) {
            over();
            owner.refused(runner.noReplica());
        } else if (++retries <= MOST_RETRIES) {
            tried.clear();
            runner.after(RETRY, this::begin);
        } else {
            end(Rejection.of(ErrorCode.UNAVAILABLE, "no replica took the stream over"));
        }
    }

    /** The replica that computes it is not heard of any more. */
    void lost(String replica) {
        attempt.filter(current -> current.replica.equals(replica))
                .ifPresent(current -> current.broken(replica + " is not heard of"));
    }

    /** What computes it now. */
    Optional<String> replica() {
        return attempt.map(current -> current.replica);
    }

    /** Ends it as ERROR, wherever it runs. */
    void end(Rejection why) {
        if (!ended) {
            stop();
            over();
            if (admitted) {
                owner.event(transcript.failed(why));
            } else {
                owner.refused(why);
            }
        }
    }

    // ---- from its owner

    @Override
    public void cancel() {
        stop();
        over();
    }

    @Override
    public void finish() {
        attempt.flatMap(Attempt::running).ifPresent(RunningSequence::finish);
        runner.finished(transcript.generated());
        over();
    }

    @Override
    public void stall() {
        stalled = true;
        attempt.flatMap(Attempt::running).ifPresent(RunningSequence::stall);
    }

    @Override
    public void unstall() {
        stalled = false;
        attempt.flatMap(Attempt::running).ifPresent(RunningSequence::unstall);
    }

    /** The tokens are here: a sequence without a client costs no replica anything. */
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
            tried.clear();
            begin();
        }
    }

    // ---- small parts

    /** One that is not admitted yet is cancelled when it is: then it is not the current attempt any more. */
    private void stop() {
        attempt.flatMap(Attempt::running).ifPresent(RunningSequence::cancel);
        attempt = Optional.empty();
    }

    private long prefix() {
        int[] known = spec.tokens();
        return Arrays.hashCode(Arrays.copyOf(known, Math.min(PREFIX_TOKENS, known.length)));
    }

    private void handOver(String from, String why) {
        runner.handedOver(from, why);
        if (++handovers > MOST_HANDOVERS) {
            end(Rejection.of(ErrorCode.INTERNAL, "the stream broke " + handovers + " replicas"));
        } else {
            tried.clear();
            tried.add(from);
            retries = 0;
            begin();
        }
    }

    private void over() {
        ended = true;
        attempt = Optional.empty();
        runner.remove(this);
    }

    /** Its stay on one replica. What an earlier one still says is not listened to. */
    private final class Attempt implements SequenceAttempt {
        private final String replica;
        private Optional<RunningSequence> running = Optional.empty();

        Attempt(String replica) {
            this.replica = replica;
        }

        Optional<RunningSequence> running() {
            return running;
        }

        private boolean current() {
            return attempt.filter(newest -> newest == this).isPresent();
        }

        @Override
        public void admitted(RunningSequence sequence) {
            if (!current()) {
                sequence.cancel();
                return;
            }
            running = Optional.of(sequence);
            if (stalled) {
                sequence.stall();
            }
            if (!admitted) {
                admitted = true;
                owner.admitted(RoutedSequence.this);
            }
        }

        @Override
        public void refused(Rejection rejection) {
            if (!current()) {
                return;
            }
            attempt = Optional.empty();
            if (rejection.code().retryable() && running.isPresent() && admitted) {
                handOver(replica, rejection.message());
            } else if (rejection.code().retryable()) {
                tried.add(replica);
                runner.refused(rejection);
                begin();
            } else if (admitted) {
                end(rejection);
            } else {
                over();
                owner.refused(rejection);
            }
        }

        @Override
        public void event(SequenceEvent event) {
            if (!current()) {
                return;
            }
            switch (event) {
                case SequenceEvent.Sampled sampled -> sampled(sampled);
                case SequenceEvent.Ended end -> ended(end);
            }
        }

        private void sampled(SequenceEvent.Sampled sampled) {
            if (sampled.number() == transcript.generated() + 1) {
                transcript.append(sampled.token());
                owner.event(sampled);
            } else {
                broken("token " + sampled.number() + " came where " + (transcript.generated() + 1) + " was due");
            }
        }

        private void ended(SequenceEvent.Ended end) {
            attempt = Optional.empty();
            if (end.error().filter(this::elsewhere).isPresent()) {
                handOver(replica, end.error().get().message());
                return;
            }
            runner.finished(transcript.generated());
            over();
            owner.event(end);
        }

        private boolean elsewhere(Rejection error) {
            return error.code() == ErrorCode.UNAVAILABLE && !runner.closing();
        }

        @Override
        public void broken(String why) {
            if (!current()) {
                return;
            }
            running.ifPresent(RunningSequence::cancel);
            attempt = Optional.empty();
            runner.forget(replica);
            if (admitted) {
                handOver(replica, why);
            } else {
                tried.add(replica);
                begin();
            }
        }
    }
}
