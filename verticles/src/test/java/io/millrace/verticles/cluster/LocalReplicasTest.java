package io.millrace.verticles.cluster;

import static io.millrace.verticles.testing.TestReplica.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Rejection;
import io.millrace.api.SamplingParams;
import io.millrace.api.Usage;
import io.millrace.engine.SchedulerLoad;
import io.millrace.engine.SequenceEvent;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.batching.RunningSequence;
import io.millrace.verticles.batching.SequenceOwner;
import io.millrace.verticles.batching.SequenceRunner;
import io.millrace.verticles.peer.SequenceAttempt;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which replica is chosen, with replicas that compute nothing and say what the test says. */
class LocalReplicasTest {
    private static final int BLOCKS = 100;
    private static final Rejection FULL = Rejection.of(ErrorCode.OVERLOADED, "full");

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger allLost = new AtomicInteger();
    private final LocalReplicas replicas =
            new LocalReplicas(vertx, new SimpleMeterRegistry(), allLost::incrementAndGet);
    private final Silent first = new Silent();
    private final Silent second = new Silent();

    @BeforeEach
    void addBoth() {
        replicas.add(first);
        replicas.add(second);
    }

    @AfterEach
    void stop() {
        await(vertx.close());
    }

    @Test
    void aRequestGoesWhereTheFewestTokensAreToDo() {
        assertEquals("replica 0", next(1000));
        assertEquals(List.of("replica 1", "replica 1", "replica 1"), List.of(next(10), next(10), next(10)));
    }

    @Test
    void idleReplicasTakeTurns() {
        for (String due : List.of("replica 0", "replica 1", "replica 0")) {
            assertEquals(due, next(10));
            (due.equals("replica 0") ? first : second).owner.refused(FULL);
        }
    }

    @Test
    void aPromptCountsUntilItsFirstTokenHasComeAndTheOutputUntilTheEnd() {
        CountedReplica counted = new CountedReplica("counted", first);
        start(counted.take(1000, 50));
        start(counted.take(1, 5));
        assertEquals(1056, counted.load().outstandingTokens());
        first.owner.event(new SequenceEvent.Sampled(1, 1, 7));
        first.owner.event(new SequenceEvent.Sampled(1, 2, 8));
        assertEquals(1055, counted.load().outstandingTokens());
        first.owner.event(ended());
        assertEquals(1050, counted.load().outstandingTokens());
    }

    @Test
    void whatIsOverCountsNoMoreHoweverItEnded() {
        CountedReplica counted = new CountedReplica("counted", first);
        for (Consumer<SequenceOwner> end : List.<Consumer<SequenceOwner>>of(
                sequence -> sequence.refused(FULL),
                sequence -> sequence.event(ended()),
                sequence -> ((RunningSequence) sequence).cancel(),
                sequence -> ((RunningSequence) sequence).finish())) {
            start(counted.take(1000, 50));
            first.owner.admitted(new Unheard());
            end.accept(first.owner);
            assertEquals(0, counted.load().outstandingTokens());
        }
    }

    @Test
    void aFullCacheWeighs() {
        first.freeBlocks = BLOCKS / 10;
        assertEquals(List.of("replica 1", "replica 1", "replica 1"), List.of(next(10), next(10), next(10)));
    }

    @Test
    void aReplicaThatWasTriedIsNotChosenAgain() {
        assertEquals(
                "replica 1",
                replicas.choose(1, 0, Set.of("replica 0")).orElseThrow().replica());
        assertTrue(replicas.choose(1, 0, Set.of("replica 0", "replica 1")).isEmpty());
    }

    @Test
    void aLostReplicaGetsNothingAndCountsNowhere() {
        replicas.lost(0);
        replicas.lost(0);
        assertEquals(List.of("replica 1", "replica 1"), List.of(next(1000), next(1000)));
        assertEquals(BLOCKS, replicas.load().freeBlocks());
        assertEquals(0, allLost.get());
        replicas.lost(1);
        replicas.lost(1);
        assertEquals(1, allLost.get());
        assertTrue(replicas.choose(1, 0, Set.of()).isEmpty());
    }

    @Test
    void theLoadIsTheSum() {
        assertEquals(2 * BLOCKS, replicas.load().freeBlocks());
        assertEquals(2 * 3, replicas.load().running());
    }

    private String next(int tokens) {
        return start(replicas.choose(tokens, 0, Set.of()).orElseThrow());
    }

    private static String start(Route route) {
        route.start(new SequenceSpec(new int[] {1}, 10, SamplingParams.GREEDY), new Deaf(), null);
        return route.replica();
    }

    private static SequenceEvent.Ended ended() {
        return new SequenceEvent.Ended(1, FinishReason.STOP, new Usage(1, 1), Optional.empty());
    }

    /** Takes everything and does nothing. */
    private static final class Silent implements SequenceRunner {
        private int freeBlocks = BLOCKS;
        private SequenceOwner owner;

        @Override
        public void submit(SequenceSpec spec, SequenceOwner newest) {
            owner = newest;
        }

        @Override
        public void endAll(Rejection why) {}

        @Override
        public SchedulerLoad load() {
            return new SchedulerLoad(3, 0, 0, 0, 0, freeBlocks, 0, 0, 0);
        }
    }

    private static final class Unheard implements RunningSequence {
        @Override
        public void cancel() {}

        @Override
        public void finish() {}

        @Override
        public void stall() {}

        @Override
        public void unstall() {}

        @Override
        public void park() {}

        @Override
        public void unpark() {}
    }

    private static final class Deaf implements SequenceAttempt {
        @Override
        public void admitted(RunningSequence running) {}

        @Override
        public void refused(Rejection rejection) {}

        @Override
        public void event(SequenceEvent event) {}

        @Override
        public void broken(String why) {}
    }
}
