package io.millrace.verticles.stream;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.api.Tier;
import io.millrace.api.TokenEvent;
import io.millrace.api.Usage;
import io.millrace.engine.SequenceEvent;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.batching.EventLoop;
import io.millrace.verticles.batching.RunningSequence;
import io.millrace.verticles.batching.SequenceOwner;
import io.millrace.verticles.batching.SequenceRunner;
import io.millrace.verticles.stream.ServedModel.OutputText;
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
    private static final long NO_TIMER = -1;
    private static final int UNKNOWN = -1;

    private final String handle;
    private final String tenant;
    private final String model;
    private final OutputText output;
    private final EventLoop loop;
    private final SequenceRunner runner;
    private final StreamRegistry registry;
    private final StreamMeters meters;
    private final Outbox outbox;
    private final GenerationTimes times;

    private State state = State.OPENING;
    /** Written by the loop; read by others to see whether a drain is done. */
    private volatile boolean awaited;

    /** There from RUNNING on. */
    private RunningSequence sequence;

    private int promptTokens;
    /** Of the prompt, as the first to compute it says; negative until then. Who takes over later knows of its own cache only. */
    private int cachedTokens = UNKNOWN;

    private boolean stalled;
    /** Cancelled or left before it was admitted. */
    private boolean unwanted;

    private long timer = NO_TIMER;

    StreamSession(
            String handle,
            String tenant,
            String model,
            OutputText output,
            EventLoop loop,
            SequenceRunner runner,
            GenerationTimes times,
            StreamRegistry registry) {
        this.handle = handle;
        this.tenant = tenant;
        this.model = model;
        this.output = output;
        this.loop = loop;
        this.runner = runner;
        this.registry = registry;
        this.meters = registry.meters();
        this.outbox = new Outbox(registry.limits());
        this.times = times;
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
        promptTokens = spec.tokens().length - spec.generated();
        if (unwanted || state == State.ENDED) {
            forget();
            return;
        }
        goOnAfter(spec);
        if (output.stopped()) {
            endUnrun(FinishReason.STOP);
        } else if (Continuation.complete(spec)) {
            endUnrun(FinishReason.LENGTH);
        } else {
            runner.submit(request, spec.salted(tenant), this);
        }
    }

    /** The client has these tokens and their text from another node; what that had held back of it is held back here. */
    private void goOnAfter(SequenceSpec spec) {
        for (int i = promptTokens; i < spec.tokens().length; i++) {
            output.append(spec.tokens()[i]);
        }
        outbox.startAfter(spec.generated());
        times.startAfter(spec.generated());
    }

    /** Another node had come to the end, and was gone before its client knew. */
    private void endUnrun(FinishReason reason) {
        meters.admitted(promptTokens);
        outbox.sendNow(accepted());
        end(reason, Optional.empty());
        deliver();
    }

    /** Hands the stream to another connection, from the event after {@code lastSeen} on. */
    void resume(StreamLink link, long lastSeen, long credit) {
        if (!outbox.holdsAfter(lastSeen) || endedWith(lastSeen)) {
            link.send(List.of(new TokenEvent.Rejected(notHeld(lastSeen))));
            return;
        }
        meters.resumed();
        registry.attached(this);
        outbox.reset(ErrorCode.CANCELLED);
        outbox.attach(link, credit);
        outbox.rewind(lastSeen);
        outbox.sendNow(accepted());
        deliver();
        if (state == State.RUNNING) {
            cancelTimer();
            sequence.unpark();
        }
    }

    /** Whoever saw the finish would wait for nothing: browsers come back to every event stream that ends. */
    private boolean endedWith(long lastSeen) {
        return state == State.ENDED && lastSeen == outbox.nextNumber() - 1;
    }

    private Rejection notHeld(long lastSeen) {
        if (endedWith(lastSeen)) {
            return Rejection.of(ErrorCode.REPLAY_GONE, "the stream ended with event " + lastSeen);
        }
        return lastSeen >= outbox.nextNumber()
                ? Rejection.invalid("last_event", "event " + lastSeen + " was never sent")
                : Rejection.of(
                        ErrorCode.REPLAY_GONE,
                        "events after " + lastSeen + " are no longer held; the limit is "
                                + registry.limits().replayEvents() + " events");
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
            case RUNNING -> {
                sequence.cancel();
                end(FinishReason.ERROR, Optional.of(rejection));
                deliver();
            }
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
                startTimer(this::expire);
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
        meters.admitted(promptTokens);
        outbox.sendNow(accepted());
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
        if (cachedTokens == UNKNOWN) {
            cachedTokens = event.cachedTokens();
        }
        try {
            switch (event) {
                case SequenceEvent.Sampled sampled -> token(sampled.token());
                case SequenceEvent.Ended ended -> end(ended.reason(), ended.error());
            }
        } catch (RuntimeException bug) {
            LOG.error("a stream broke", bug);
            sequence.cancel();
            end(FinishReason.ERROR, Optional.of(Rejection.of(ErrorCode.INTERNAL, "the stream broke")));
        }
        deliver();
    }

    private void token(int id) {
        times.token(registry.nanoTime());
        String text = output.append(id);
        outbox.add(new TokenEvent.Token(outbox.nextNumber(), id, text));
        if (output.stopped()) {
            endHere(FinishReason.STOP);
        }
    }

    // ---- the end

    /** Ends before the scheduler does, and tells it. */
    private void endHere(FinishReason reason) {
        if (reason == FinishReason.STOP) {
            sequence.finish();
        } else {
            sequence.cancel();
        }
        end(reason, Optional.empty());
        deliver();
    }

    /** The only place a stream ends; nothing leaves ENDED, so no stream ends twice. */
    private void end(FinishReason reason, Optional<Rejection> error) {
        state = State.ENDED;
        String rest = error.isPresent() || output.stopped() ? "" : output.flush();
        outbox.add(new TokenEvent.Finished(outbox.nextNumber(), reason, rest, usage(), error, tier()));
        times.finished(reason, registry.nanoTime());
        registry.attached(this);
        startTimer(this::close);
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
        cancelTimer();
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

    private TokenEvent.Accepted accepted() {
        return new TokenEvent.Accepted(handle, model, promptTokens);
    }

    /** Where nothing was left to run, nobody here made the tokens. */
    private Tier tier() {
        return sequence == null ? Tier.UNSPECIFIED : sequence.tier();
    }

    private Usage usage() {
        return new Usage(promptTokens, times.tokens(), Math.max(0, cachedTokens));
    }

    private void startTimer(Runnable action) {
        cancelTimer();
        timer = registry.timer(loop, action);
    }

    private void cancelTimer() {
        if (timer != NO_TIMER) {
            registry.cancelTimer(timer);
            timer = NO_TIMER;
        }
    }
}
