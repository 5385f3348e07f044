package io.millrace.engine;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.engine.SequenceEvent.Ended;
import io.millrace.engine.SequenceEvent.Sampled;
import io.millrace.engine.StepPlan.Slice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Continuous batching for one replica. Owned by one thread; nothing here blocks, and every call is short.
 *
 * <p>The owner's loop: {@link #plan} until it is empty, hand the plans to the runner in order, and report each step
 * with {@link #commit} or {@link #fail}. Every admitted sequence has exactly one {@link Ended}, returned by the call
 * that ended it. Calls about a sequence that has ended do nothing: its client and its end may cross on their way.
 *
 * <p>Nanoseconds are of any clock that never goes back, always the same one.
 */
public final class Scheduler {
    private static final Rejection LOST =
            new Rejection(ErrorCode.UNAVAILABLE, "the model stopped working", "", Duration.ofSeconds(1));
    private static final Rejection TOO_LARGE =
            Rejection.of(ErrorCode.INTERNAL, "the model's memory does not hold this sequence, even alone");

    private final Limits limits;
    private final AdmissionRules admission;
    private final Prefixes prefixes;
    private final Roster roster;
    private final StepsInFlight steps;
    private final Speculation speculation;
    private final StepPlanner planner;
    private final SeatLimit seats;
    private final int contextTokens;
    private final StartRate startRate = new StartRate();
    private StepBounds bounds;
    private long nextSequence;

    /** A scheduler that guesses nothing ahead. */
    public Scheduler(
            Limits limits, int contextTokens, boolean feedsBack, PromptPace prompts, KvSharing sharing, int stages) {
        this(limits, contextTokens, feedsBack, prompts, sharing, stages, DraftSource.NONE);
    }

    /**
     * @param contextTokens positions per sequence: the smaller of the model's and the configured maximum
     * @param feedsBack     {@link LoadedModel#feedsBack}
     * @param prompts       {@link LoadedModel#prompts}
     * @param sharing       {@link LoadedModel#sharing}
     * @param stages        pipeline stages; without feedback the sequences are spread over as many steps
     * @param drafts        what next tokens are guessed by; {@link DraftSource#NONE} without {@link LoadedModel#verifiesDrafts}
     * @throws IllegalArgumentException where the limits cannot serve even one sequence, naming the limit
     */
    public Scheduler(
            Limits limits,
            int contextTokens,
            boolean feedsBack,
            PromptPace prompts,
            KvSharing sharing,
            int stages,
            DraftSource drafts) {
        this.limits = limits;
        this.contextTokens = contextTokens;
        KvLedger kv = new KvLedger(limits, sharing);
        prefixes = new Prefixes(kv, kv.sharing());
        roster = new Roster(kv);
        steps = new StepsInFlight(roster, kv, prefixes);
        admission = new AdmissionRules(limits, contextTokens, roster, startRate);
        int groups = feedsBack ? 1 : Math.min(stages, limits.stepsInFlight());
        speculation = new Speculation(limits, drafts, roster);
        planner = new StepPlanner(limits, feedsBack, prompts, groups, kv, prefixes, speculation, roster);
        seats = new SeatLimit(limits.maxBatch());
        bounds = new StepBounds(limits.maxBatch(), Math.min(prompts.tokens(), limits.tokenBudget()));
    }

    /** Takes a sequence in, or says at once why not; full is an answer, not a failure. */
    public Admission submit(SequenceSpec spec, long nowNanos) {
        Optional<Rejection> refusal = admission.refusal(spec, nowNanos);
        if (refusal.isPresent()) {
            return new Admission.Refused(refusal.get());
        }
        Sequence sequence = new Sequence(nextSequence++, spec, contextTokens);
        roster.add(sequence);
        return new Admission.Admitted(sequence.id);
    }

    /** What {@link #plan} goes by. */
    public StepBounds bounds() {
        return bounds;
    }

    /** From the next step on; those that run already keep their slots. */
    public void bound(StepBounds bounds) {
        this.bounds = bounds;
        planner.bound(bounds.promptTokens());
    }

    /** The next step; empty while {@code stepsInFlight} are out, or where no sequence has work. */
    public Optional<StepPlan> plan(long nowNanos) {
        if (steps.size() == limits.stepsInFlight()) {
            return Optional.empty();
        }
        long started = roster.seated();
        List<Slice> slices = planner.plan(steps.nextId(), Math.min(seats.seats(), bounds.sequences()));
        startRate.record(roster.seated() - started, roster.waiting().size(), nowNanos);
        return slices.isEmpty() ? Optional.empty() : Optional.of(steps.add(slices));
    }

    /**
     * A step has run. Steps are reported in order; one that was rolled back meanwhile is ignored.
     *
     * @return what it means for its sequences, in the plan's order
     */
    public List<SequenceEvent> commit(StepResult result) {
        if (!steps.holds(result.step())) {
            return List.of();
        }
        StepsInFlight.Step step = steps.take(result.step());
        step.check(result);
        seats.stepCommitted();
        List<SequenceEvent> events = new ArrayList<>(result.tokens().length);
        int drawn = 0;
        for (int i = 0; i < step.sequences().size(); i++) {
            Slice slice = step.plan().slices().get(i);
            commit(step.sequences().get(i), slice, result, drawn, events);
            drawn += slice.draws();
        }
        return events;
    }

    /** What was computed becomes known before an end gives it up. */
    private void commit(Sequence sequence, Slice slice, StepResult result, int drawn, List<SequenceEvent> events) {
        sequence.landed(slice);
        prefixes.landed(sequence, slice);
        speculation.landed(slice);
        sequence.failures = 0;
        Optional<FinishReason> reason = append(sequence, slice, result, drawn, events);
        if (sequence.resident()) {
            steps.dropDrafts(sequence, slice);
            prefixes.committed(sequence, slice);
        }
        reason.ifPresent(over -> events.add(end(sequence, over)));
    }

    /**
     * A step has failed: it and all later ones are rolled back, and their tokens will be planned again. Results of
     * those later steps may still come in and are ignored.
     *
     * <ul>
     *   <li>RETRYABLE: its sequences run again; {@code stepRetries} times in a row, then it counts as FATAL.
     *   <li>CAPACITY: the youngest resident is set back and fewer run from here on; a sequence that is alone runs again
     *       {@code stepRetries} times in a row, then it ends as ERROR and the others go on.
     *   <li>FATAL: every sequence ends as ERROR, to be tried again on another replica.
     * </ul>
     */
    public List<SequenceEvent> fail(long step, StepException.Kind kind) {
        if (!steps.holds(step)) {
            return List.of();
        }
        List<Sequence> failed = steps.rollBackTo(step);
        return switch (kind) {
            case RETRYABLE -> retry(failed);
            case CAPACITY -> shrink();
            case FATAL -> endAll(LOST);
        };
    }

    /** The client does not want the rest. */
    public Optional<Ended> cancel(long id) {
        return roster.find(id).map(sequence -> end(sequence, FinishReason.CANCELLED));
    }

    /** A stop string was found in the output; what is being computed past it is dropped. */
    public Optional<Ended> finish(long id) {
        return roster.find(id).map(sequence -> end(sequence, FinishReason.STOP));
    }

    /**
     * The output buffer is full: the sequence is not planned until {@link #unstall}, and its slot is the first to go
     * when others wait. Up to {@code stepsInFlight} more tokens may come and need a place, or {@code draftTokens} and one.
     */
    public void stall(long id, long nowNanos) {
        change(id, sequence -> roster.stall(sequence, nowNanos));
    }

    /** There is room for output again. */
    public void unstall(long id) {
        change(id, roster::unstall);
    }

    /**
     * The connection is gone: slot and blocks are given up, the tokens stay. Tokens of steps in flight still come, for
     * the replay.
     */
    public void park(long id) {
        change(id, roster::park);
    }

    /** The client is back: the sequence waits by the order of its arrival, and its tokens are computed again. */
    public void unpark(long id) {
        change(id, roster::unpark);
    }

    /** Ends those STALLED for {@code stallTimeout}. To be called now and then. */
    public List<SequenceEvent> expire(long nowNanos) {
        long timeout = limits.stallTimeout().toNanos();
        List<SequenceEvent> events = new ArrayList<>();
        Optional<Sequence> first;
        while ((first = roster.stalledLongest()).isPresent() && nowNanos - first.get().stalledSince >= timeout) {
            events.add(end(first.get(), FinishReason.SLOW_CONSUMER));
        }
        return events;
    }

    /** Ends every sequence as ERROR: the replica, or a stage of it with what it had cached, is lost, or the time to drain is over. */
    public List<SequenceEvent> endAll(Rejection why) {
        List<SequenceEvent> events = new ArrayList<>();
        for (Sequence sequence : List.copyOf(roster.living())) {
            events.add(end(sequence, FinishReason.ERROR, Optional.of(why)));
        }
        steps.clear();
        return events;
    }

    /** Admitted sequences that have not ended; 0 means drained. */
    public int activeCount() {
        return roster.living().size();
    }

    public int waitingCount() {
        return roster.waiting().size();
    }

    public SchedulerLoad load() {
        return roster.load(steps.size());
    }

    public PrefixCacheUse prefixCache() {
        return prefixes.use();
    }

    public DraftUse drafts() {
        return speculation.use();
    }

    /** For the invariants that tests hold. */
    Roster roster() {
        return roster;
    }

    /**
     * Adds what {@code slice} drew to its sequence, up to the first token that its drafts did not foretell. Tokens of a sequence
     * that has ended meanwhile are dropped: an end is learned one step late.
     *
     * @return why the sequence is over now
     */
    private Optional<FinishReason> append(
            Sequence sequence, Slice slice, StepResult result, int drawn, List<SequenceEvent> events) {
        boolean goesOn = sequence.state != Sequence.State.ENDED;
        for (int i = 0; goesOn && i < slice.draws(); i++) {
            int token = result.tokens()[drawn + i];
            if (sequence.endsWith(token)) {
                return Optional.of(FinishReason.STOP);
            }
            goesOn = speculation.drawn(sequence, slice, i, token);
            sequence.append(token);
            float logProb = result.logProb(drawn + i);
            events.add(new Sampled(sequence.id, sequence.outputNumber(), token, logProb, sequence.cached()));
            if (sequence.full()) {
                return Optional.of(FinishReason.LENGTH);
            }
        }
        return Optional.empty();
    }

    private List<SequenceEvent> retry(List<Sequence> failed) {
        boolean hopeless = false;
        for (Sequence sequence : failed) {
            boolean counts = sequence.state != Sequence.State.ENDED;
            hopeless |= counts && ++sequence.failures > limits.stepRetries();
        }
        return hopeless ? endAll(LOST) : List.of();
    }

    private List<SequenceEvent> shrink() {
        Optional<Sequence> alone = Optional.empty();
        if (roster.residents().size() > 1) {
            roster.setBack(roster.victim().orElseThrow());
        } else {
            alone = roster.victim();
        }
        seats.lower(roster.residents().size());
        return alone.filter(sequence -> ++sequence.failures > limits.stepRetries()).stream()
                .map(sequence -> (SequenceEvent) end(sequence, FinishReason.ERROR, Optional.of(TOO_LARGE)))
                .toList();
    }

    private void change(long id, Consumer<Sequence> move) {
        roster.find(id).ifPresent(move);
    }

    private Ended end(Sequence sequence, FinishReason reason) {
        return end(sequence, reason, Optional.empty());
    }

    private Ended end(Sequence sequence, FinishReason reason, Optional<Rejection> error) {
        roster.end(sequence);
        return new Ended(sequence.id, reason, sequence.usage(), error);
    }
}
