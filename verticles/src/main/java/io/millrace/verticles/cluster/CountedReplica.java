package io.millrace.verticles.cluster;

import io.millrace.api.Rejection;
import io.millrace.cluster.ReplicaLoad;
import io.millrace.engine.SequenceEvent;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.batching.EventLoop;
import io.millrace.verticles.batching.RunningSequence;
import io.millrace.verticles.batching.SequenceOwner;
import io.millrace.verticles.batching.SequenceRunner;
import io.millrace.verticles.peer.SequenceAttempt;
import java.util.concurrent.atomic.AtomicLong;

/** A replica of this process, with what it has to do: counted from the choice of a sequence to its end. Thread-safe. */
final class CountedReplica {
    private final String name;
    private final SequenceRunner runner;
    private final int blocks;
    private final AtomicLong outstanding = new AtomicLong();
    private volatile boolean lost;

    /** @param runner idle yet */
    CountedReplica(String name, SequenceRunner runner) {
        this.name = name;
        this.runner = runner;
        this.blocks = runner.load().freeBlocks();
    }

    String name() {
        return name;
    }

    SequenceRunner runner() {
        return runner;
    }

    boolean serves() {
        return !lost;
    }

    void lose() {
        lost = true;
    }

    ReplicaLoad load() {
        return new ReplicaLoad(name, outstanding.get(), (double) runner.load().freeBlocks() / blocks);
    }

    /**
     * The way of one more sequence to this replica; it counts from now on.
     *
     * @param prompt tokens to compute before the first new one, which count until that has come
     * @param output tokens expected, which count until the end
     */
    Route take(int prompt, int output) {
        outstanding.addAndGet(prompt + output);
        return new Counted(prompt, output);
    }

    /** Owned by the sequence's loop from {@link #start} on. */
    private final class Counted implements Route, SequenceOwner, RunningSequence {
        private int prompt;
        private int output;
        private SequenceAttempt attempt;
        private EventLoop loop;
        private RunningSequence sequence;

        Counted(int prompt, int output) {
            this.prompt = prompt;
            this.output = output;
        }

        @Override
        public String replica() {
            return name;
        }

        @Override
        public void start(SequenceSpec spec, SequenceAttempt hears, EventLoop on) {
            attempt = hears;
            loop = on;
            runner.submit(spec, this);
        }

        private void promptDone() {
            outstanding.addAndGet(-prompt);
            prompt = 0;
        }

        private void over() {
            promptDone();
            outstanding.addAndGet(-output);
            output = 0;
        }

        // ---- from the replica

        @Override
        public EventLoop loop() {
            return loop;
        }

        @Override
        public void admitted(RunningSequence admitted) {
            sequence = admitted;
            attempt.admitted(this);
        }

        @Override
        public void refused(Rejection rejection) {
            over();
            attempt.refused(rejection);
        }

        @Override
        public void event(SequenceEvent event) {
            switch (event) {
                case SequenceEvent.Sampled token -> promptDone();
                case SequenceEvent.Ended end -> over();
            }
            attempt.event(event);
        }

        // ---- to the replica

        @Override
        public void cancel() {
            over();
            sequence.cancel();
        }

        @Override
        public void finish() {
            over();
            sequence.finish();
        }

        @Override
        public void stall() {
            sequence.stall();
        }

        @Override
        public void unstall() {
            sequence.unstall();
        }

        @Override
        public void park() {
            sequence.park();
        }

        @Override
        public void unpark() {
            sequence.unpark();
        }
    }
}
