package io.millrace.verticles.batching;

import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.engine.SequenceSpec;
import io.vertx.core.Context;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The mailbox of the batching loop: the proxy that everybody but the loop itself holds. Thread-safe.
 *
 * <p>Submissions are bounded by {@link Limits#mailbox}. The other commands carry no prompt and a session sends each
 * only when its state changes, so that {@link Limits#maxStreams} bounds them: dropping one would leak a slot.
 */
public final class Batcher {
    private final int capacity;
    private final AtomicInteger submissions = new AtomicInteger();
    private final Queue<Consumer<BatchingLoop>> commands = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean woken = new AtomicBoolean();
    private final Context context;
    private final Runnable turn;

    /** @param turn runs on {@code context} after commands came in; it drains the mailbox */
    Batcher(Limits limits, Context context, Runnable turn) {
        this.capacity = limits.mailbox();
        this.context = context;
        this.turn = turn;
    }

    /** Answers the owner with {@code admitted} or {@code refused}; false, and nothing more, where the mailbox is full. */
    public boolean submit(SequenceSpec spec, SequenceOwner owner) {
        if (submissions.incrementAndGet() > capacity) {
            submissions.decrementAndGet();
            return false;
        }
        post(loop -> {
            submissions.decrementAndGet();
            loop.submit(spec, owner);
        });
        return true;
    }

    public Rejection mailboxFull() {
        return Rejection.overloaded(
                "the batching mailbox holds its maximum of " + capacity + " requests", Duration.ofSeconds(1));
    }

    /** The client wants no more. */
    public void cancel(long sequence) {
        post(loop -> loop.cancel(sequence));
    }

    /** The output met a stop string. */
    public void finish(long sequence) {
        post(loop -> loop.finish(sequence));
    }

    /** The output buffer is full. */
    public void stall(long sequence) {
        post(loop -> loop.stall(sequence));
    }

    public void unstall(long sequence) {
        post(loop -> loop.unstall(sequence));
    }

    /** The connection is gone: the sequence keeps its tokens and frees everything else. */
    public void park(long sequence) {
        post(loop -> loop.park(sequence));
    }

    public void unpark(long sequence) {
        post(loop -> loop.unpark(sequence));
    }

    /** Ends every sequence as ERROR: the time to drain is over. */
    public void endAll(Rejection why) {
        post(loop -> loop.endAll(why));
    }

    List<Consumer<BatchingLoop>> take() {
        woken.set(false);
        List<Consumer<BatchingLoop>> taken = new ArrayList<>();
        for (var command = commands.poll(); command != null; command = commands.poll()) {
            taken.add(command);
        }
        return taken;
    }

    private void post(Consumer<BatchingLoop> command) {
        commands.add(command);
        if (woken.compareAndSet(false, true)) {
            context.runOnContext(nothing -> turn.run());
        }
    }
}
