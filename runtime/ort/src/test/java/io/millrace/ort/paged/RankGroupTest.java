package io.millrace.ort.paged;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RankGroupTest {
    private static final StageOutput START = new StageOutput.Start();

    /** So long that a machine under load does not pass for a lost rank. */
    private static final long LONG_SECONDS = 60;

    private final FakeRank first = new FakeRank();
    private final FakeRank second = new FakeRank();
    private RankGroup group = group(LONG_SECONDS);

    /** Ends its steps when it is told to, or aborted. */
    private static final class FakeRank implements ModelStage {
        final CountDownLatch computed = new CountDownLatch(1);
        final CountDownLatch aborted = new CountDownLatch(1);
        volatile StepException refusal;
        volatile boolean closed;

        @Override
        public StageRun begin(StepPlan plan, StageOutput input) throws StepException {
            if (refusal != null) {
                throw refusal;
            }
            StageOutput output =
                    new StageOutput.Sampled(new StepResult(plan.id(), new int[] {hashCode()}, new float[1]));
            return () -> {
                try {
                    computed.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                return output;
            };
        }

        /** A device leaves its sums, and so ends its step, with nothing of worth in it. */
        void abort() {
            aborted.countDown();
            computed.countDown();
        }

        boolean wasAborted() {
            return aborted.getCount() == 0;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private RankGroup group(long patienceSeconds) {
        return new RankGroup(List.of(member(first), member(second)), patienceSeconds);
    }

    private static RankGroup.Member member(FakeRank rank) {
        return new RankGroup.Member(Executors.newSingleThreadExecutor(), rank, rank::abort);
    }

    private static StepPlan plan(long id) {
        return new StepPlan(id, List.of());
    }

    @AfterEach
    void everyRankIsClosed() {
        group.close();
        assertTrue(first.closed && second.closed);
    }

    @Test
    void theResultIsTheFirstRanksOnceAllAreDone() throws Exception {
        StageRun run = group.begin(plan(1), START);
        first.computed.countDown();
        second.computed.countDown();
        StepResult result = ((StageOutput.Sampled) run.await()).result();
        assertEquals(first.hashCode(), result.tokens()[0]);
        assertFalse(first.wasAborted() || second.wasAborted());
    }

    @Test
    void aRankThatCannotBeginTakesTheOthersAlong() {
        second.refusal = new StepException(StepException.Kind.CAPACITY, "no memory", null);
        StepException failure = assertThrows(StepException.class, () -> group.begin(plan(1), START));
        assertEquals(StepException.Kind.FATAL, failure.kind());
        assertSame(second.refusal, failure.getCause());
        assertTrue(first.wasAborted() && second.wasAborted());
    }

    @Test
    void aStepThatEndsBecauseItWasAbortedBringsNothing() throws Exception {
        StageRun run = group.begin(plan(1), START);
        second.refusal = new StepException(StepException.Kind.CAPACITY, "no memory", null);
        assertThrows(StepException.class, () -> group.begin(plan(2), START));
        StepException failure = assertThrows(StepException.class, run::await);
        assertEquals(StepException.Kind.FATAL, failure.kind());
        assertEquals("no memory", failure.getMessage());
    }

    @Test
    void aStepThatDoesNotEndIsEnded() throws Exception {
        group.close();
        group = group(2);
        first.computed.countDown();
        StageRun run = group.begin(plan(7), START);
        StepException failure = assertThrows(StepException.class, run::await);
        assertEquals(StepException.Kind.FATAL, failure.kind());
        assertEquals("step 7 was not done in 2 s", failure.getMessage());
        assertTrue(second.wasAborted());
    }
}
