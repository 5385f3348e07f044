package io.millrace.verticles.batching;

import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.engine.SchedulerLoad;
import io.millrace.engine.SequenceSpec;
import io.vertx.core.Context;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The mailbox of the batching loop: the proxy that everybody but the loop itself holds. Thread-safe.
 *
 * <p>Submissions are bounded by {@link Limits#mailbox}. The other commands carry no prompt and a session sends each
 * only when its state changes, so that {@link Limits#maxStreams} bounds them: dropping one would leak a slot.
 */
public final class Batcher implements SequenceRunner {
    private final int capacity;
    private final AtomicInteger submissions = new AtomicInteger();
    private final Queue<Consumer<BatchingLoop>> commands = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean woken = new AtomicBoolean();
    private final Context context;
    private final Runnable turn;
    private final Supplier<SchedulerLoad> load;
    private final BooleanSupplier quiet;

    /**
     * @param turn runs on {@code context} after commands came in; it drains the mailbox
     * @param load readable from any thread
     * @param quiet whether no step is out; readable from any thread
     */
    Batcher(Limits limits, Context context, Runnable turn, Supplier<SchedulerLoad> load, BooleanSupplier quiet) {
        this.capacity = limits.mailbox();
        this.context = context;
        this.turn = turn;
        this.load = load;
        this.quiet = quiet;
    }

    /** Where the mailbox is full the owner is refused at once. */
    @Override
    public void submit(SequenceSpec spec, SequenceOwner owner) {
        if (submissions.incrementAndGet() > capacity) {
            submissions.decrementAndGet();
            owner.loop().run(() -> owner.refused(mailboxFull()));
            return;
        }
        post(loop -> {
            submissions.decrementAndGet();
            loop.submit(spec, owner);
        });
    }

    @Override
    public void endAll(Rejection why) {
        post(loop -> loop.endAll(why));
    }

    @Override
    public SchedulerLoad load() {
        return load.get();
    }

    /** Whether every step that was ever started has been reported, those taken back included, and no command waits. */
    public boolean quiet() {
        return commands.isEmpty() && quiet.getAsBoolean();
    }

    /** The way to a sequence of the loop. */
    RunningSequence sequence(long id) {
        return new Admitted(id);
    }

    private Rejection mailboxFull() {
        return Rejection.overloaded(
                "the batching mailbox holds its maximum of " + capacity + " requests", Duration.ofSeconds(1));
    }

    private final class Admitted implements RunningSequence {
        private final long id;

        Admitted(long id) {
            this.id = id;
        }

        @Override
        public void cancel() {
            post(loop -> loop.cancel(id));
        }

        @Override
        public void finish() {
            post(loop -> loop.finish(id));
        }

        @Override
        public void stall() {
            post(loop -> loop.stall(id));
        }

        @Override
        public void unstall() {
            post(loop -> loop.unstall(id));
        }

        @Override
        public void park() {
            post(loop -> loop.park(id));
        }

        @Override
        public void unpark() {
            post(loop -> loop.unpark(id));
        }
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
