package io.millrace.verticles.stream;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.api.Tier;
import io.millrace.api.TokenEvent;
import io.millrace.engine.SequenceEvent;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.batching.EventLoop;
import io.millrace.verticles.batching.RunningSequence;
import io.millrace.verticles.batching.SequenceOwner;
import io.millrace.verticles.batching.SequenceRunner;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream's state machine, the same for every transport; owned by one event loop.
 *
 * <pre>
 *   OPENING ──admitted──▶ RUNNING ──end of sequence, stop string, cancel, time-out──▶ ENDED ──replay window──▶ gone
 *      └──refused──▶ gone    └─ attached or detached, stalled or not
 * </pre>
 *
 * <p>The one terminal event is made here and nowhere else: whichever end comes first wins, what comes later is dropped.
 */
final class StreamSession implements SequenceOwner {
    private enum State {
        OPENING,
        RUNNING,
        ENDED
    }

    private static final Logger LOG = LoggerFactory.getLogger(StreamSession.class);

    private final String handle;
    private final String tenant;
    private final StreamEvents events;
    private final EventLoop loop;
    private final SequenceRunner runner;
    private final StreamRegistry registry;
    private final StreamMeters meters;
    private final Outbox outbox;
    private final ReplayTimer timer;

    private State state = State.OPENING;
    /** Written by the loop; read by others to see whether a drain is done. */
    private volatile boolean awaited;

    /** There from RUNNING on. */
    private RunningSequence sequence;

    private boolean stalled;
    /** Cancelled or left before it was admitted. */
    private boolean unwanted;

    StreamSession(
            String handle,
            String tenant,
            StreamEvents events,
            EventLoop loop,
            SequenceRunner runner,
            StreamRegistry registry) {
        this.handle = handle;
        this.tenant = tenant;
        this.events = events;
        this.loop = loop;
        this.runner = runner;
        this.registry = registry;
        this.meters = registry.meters();
        this.outbox = new Outbox(registry.limits());
        this.timer = new ReplayTimer(registry, loop);
    }

    String handle() {
        return handle;
    }

    String tenant() {
        return tenant;
    }

    /** Whether a connection waits for more of it. */
    boolean awaited() {
        return awaited;
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    // ---- from the ingress

    void open(StreamLink link, long credit) {
        outbox.attach(link, credit);
        awaited = true;
    }

    /** The prompt is encoded: asks for admission. */
    void submit(Request request, SequenceSpec spec) {
        if (unwanted || state == State.ENDED) {
            forget();
            return;
        }
        events.startAfter(spec);
        outbox.startAfter(spec.generated());
        if (events.stopped()) {
            endUnrun(FinishReason.STOP);
        } else if (Continuation.complete(spec)) {
            endUnrun(FinishReason.LENGTH);
        } else {
            runner.submit(request, spec.salted(tenant), this);
        }
    }

    /** Another node had come to the end, and was gone before its client knew. */
    private void endUnrun(FinishReason reason) {
        meters.admitted(events.promptTokens());
        outbox.sendNow(events.accepted());
        end(reason, Optional.empty());
        deliver();
    }

    /** Hands the stream to another connection, from the event after {@code lastSeen} on. */
    void resume(StreamLink link, long lastSeen, long credit) {
        Optional<Rejection> refusal = outbox.refusal(lastSeen);
        if (refusal.isPresent()) {
            link.send(List.of(new TokenEvent.Rejected(refusal.get())));
            return;
        }
        meters.resumed();
        registry.attached(this);
        outbox.reset(ErrorCode.CANCELLED);
        outbox.attach(link, credit);
        outbox.rewind(lastSeen);
        outbox.sendNow(events.accepted());
        deliver();
        if (state == State.RUNNING) {
            timer.cancel();
            sequence.unpark();
        }
    }

    void credit(StreamLink from, long tokens) {
        if (outbox.attachedTo(from)) {
            outbox.credit(tokens);
            deliver();
        }
    }

    void drained(StreamLink from) {
        if (outbox.attachedTo(from)) {
            deliver();
        }
    }

    void cancel(StreamLink from) {
        if (!outbox.attachedTo(from)) {
            return;
        }
        switch (state) {
            case OPENING -> unwanted = true;
            case RUNNING -> endHere(FinishReason.CANCELLED);
            case ENDED -> {}
        }
    }

    void fail(StreamLink from, Rejection rejection) {
        if (!outbox.attachedTo(from)) {
            return;
        }
        switch (state) {
            case OPENING -> refused(rejection);
            case RUNNING -> endHere(FinishReason.ERROR, Optional.of(rejection));
            case ENDED -> {}
        }
    }

    void detach(StreamLink from) {
        if (!outbox.attachedTo(from)) {
            return;
        }
        outbox.detach();
        awaited = false;
        switch (state) {
            case OPENING -> unwanted = true;
            case RUNNING -> {
                sequence.park();
                timer.start(this::expire);
                registry.detached(this);
            }
            case ENDED -> {}
        }
    }

    /** Nobody came back: called by the timer, or by the registry when too many are detached. */
    void expire() {
        if (outbox.attached()) {
            return;
        }
        if (state == State.RUNNING) {
            endHere(FinishReason.CANCELLED);
        }
        forget();
    }

    // ---- from the batching loop

    @Override
    public void admitted(RunningSequence admitted) {
        sequence = admitted;
        if (state == State.ENDED) {
            admitted.cancel();
            return;
        }
        state = State.RUNNING;
        meters.admitted(events.promptTokens());
        outbox.sendNow(events.accepted());
        if (unwanted) {
            endHere(FinishReason.CANCELLED);
        }
        if (!outbox.attached()) {
            forget();
        }
    }

    @Override
    public void refused(Rejection rejection) {
        if (state == State.ENDED) {
            return;
        }
        state = State.ENDED;
        meters.rejected(rejection.code());
        outbox.sendNow(new TokenEvent.Rejected(rejection));
        forget();
    }

    /** A bug in one stream's text must not take the tokens of others with it: they share this turn of the loop. */
    @Override
    public void event(SequenceEvent event) {
        if (state == State.ENDED) {
            return;
        }
        events.cached(event.cachedTokens());
        try {
            switch (event) {
                case SequenceEvent.Sampled sampled -> token(sampled.token());
                case SequenceEvent.Ended ended -> end(ended.reason(), ended.error());
            }
        } catch (RuntimeException bug) {
            LOG.error("a stream broke", bug);
            endHere(FinishReason.ERROR, Optional.of(Rejection.of(ErrorCode.INTERNAL, "the stream broke")));
        }
        deliver();
    }

    private void token(int id) {
        outbox.add(events.token(outbox.nextNumber(), id, registry.nanoTime()));
        if (events.stopped()) {
            endHere(FinishReason.STOP);
        }
    }

    // ---- the end

    private void endHere(FinishReason reason) {
        endHere(reason, Optional.empty());
    }

    /** Ends before the scheduler does, and tells it. */
    private void endHere(FinishReason reason, Optional<Rejection> error) {
        if (reason == FinishReason.STOP) {
            sequence.finish();
        } else {
            sequence.cancel();
        }
        end(reason, error);
        deliver();
    }

    /** The only place a stream ends, and it does so once: nothing leaves ENDED, and what breaks in or behind its end adds no other. */
    private void end(FinishReason reason, Optional<Rejection> error) {
        state = State.ENDED;
        if (outbox.complete()) {
            return;
        }
        outbox.add(events.finished(outbox.nextNumber(), reason, error, tier(), registry.nanoTime()));
        registry.attached(this);
        timer.start(this::close);
    }

    /** The replay window is over. What is still unread then is given up, so that a dead reader holds no memory. */
    private void close() {
        if (outbox.hasUnsent()) {
            outbox.reset(ErrorCode.SLOW_CONSUMER);
        }
        outbox.detach();
        forget();
    }

    private void forget() {
        timer.cancel();
        registry.remove(this);
    }

    // ---- small parts

    private void deliver() {
        outbox.flush();
        awaited = outbox.attached() && (state != State.ENDED || outbox.hasUnsent());
        if (state != State.RUNNING) {
            return;
        }
        if (!stalled && outbox.full()) {
            stalled = true;
            meters.stalled();
            sequence.stall();
        } else if (stalled && outbox.roomy()) {
            stalled = false;
            sequence.unstall();
        }
    }

    /** Where nothing was left to run, nobody here made the tokens. */
    private Tier tier() {
        return sequence == null ? Tier.UNSPECIFIED : sequence.tier();
    }
}
