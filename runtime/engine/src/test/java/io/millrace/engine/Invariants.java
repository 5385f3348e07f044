package io.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.engine.Sequence.State;
import io.millrace.engine.StepPlan.Slice;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What holds between any two calls to a scheduler, and for every plan. */
final class Invariants {
    private Invariants() {}

    static void ofBooks(Scheduler scheduler, SimulationSetup setup) {
        Roster roster = scheduler.roster();
        var limits = setup.limits();
        BitSet slots = new BitSet();
        BitSet blocks = new BitSet();
        int held = 0;
        for (Sequence sequence : roster.living()) {
            assertEquals(sequence.resident(), roster.residents().contains(sequence), "resident");
            assertEquals(
                    Math.ceilDiv(sequence.computed(), limits.blockTokens()), sequence.blocks.length, "blocks held");
            if (sequence.resident()) {
                assertTrue(sequence.slot < limits.maxBatch() && !slots.get(sequence.slot), "slot in two sequences");
                slots.set(sequence.slot);
            } else {
                assertEquals(0, sequence.computed(), "computed without a slot");
            }
            for (int block : sequence.blocks) {
                assertFalse(blocks.get(block), "block in two sequences");
                blocks.set(block);
            }
            held += sequence.blocks.length;
            assertEquals(sequence.state == State.WAITING, roster.waiting().contains(sequence), "waiting");
            assertTrue(sequence.state != State.ENDED, "ended and living");
        }
        SchedulerLoad load = scheduler.load();
        assertEquals(limits.kvBlocks(), held + load.freeBlocks(), "blocks are conserved");
        assertEquals(limits.maxBatch(), roster.residents().size() + load.freeSlots(), "slots are conserved");
        assertEquals(slots.cardinality(), roster.residents().size(), "residents are living");
        assertTrue(load.stepsInFlight() <= limits.stepsInFlight(), "steps in flight");
        assertTrue(scheduler.activeCount() <= limits.maxStreams(), "streams");
    }

    static void ofPlan(StepPlan plan, SimulationSetup setup) {
        var limits = setup.limits();
        assertTrue(plan.slices().size() <= limits.maxBatch(), "rows");
        assertTrue(plan.tokenCount() <= limits.tokenBudget(), "token budget");
        Set<Long> sequences = new HashSet<>();
        Set<Integer> slots = new HashSet<>();
        boolean chunks = false;
        for (Slice slice : plan.slices()) {
            assertTrue(sequences.add(slice.sequence()), "two slices of one sequence");
            assertTrue(slots.add(slice.slot()), "two slices of one slot");
            assertTrue(slice.tokens().length <= limits.prefillChunk(), "chunk");
            assertTrue(slice.end() <= setup.contextTokens(), "context");
            assertFalse(chunks && slice.tokens().length == 1, "single tokens come first");
            chunks = slice.tokens().length > 1;
            boolean pending = false;
            for (int token : slice.tokens()) {
                pending |= token == StepPlan.PENDING;
            }
            assertFalse(pending && (!setup.feedsBack() || chunks), "pending token");
        }
    }

    /** Nobody that waits is overtaken, and with one group every resident that lacks one token is served. */
    static void ofFairness(Scheduler scheduler, Before before, Set<Long> planned, SimulationSetup setup) {
        List<Sequence> residents = scheduler.roster().residents();
        long firstWaiting = scheduler.roster().waiting().stream()
                .mapToLong(sequence -> sequence.id)
                .min()
                .orElse(Long.MAX_VALUE);
        for (Sequence sequence : residents) {
            if (!before.residents().contains(sequence.id)) {
                assertTrue(sequence.id < firstWaiting, "overtook one that waits");
            }
            if (setup.feedsBack() && before.single().contains(sequence.id)) {
                assertTrue(planned.contains(sequence.id), "left out though it lacks one token only");
            }
        }
    }

    /** The residents ahead of a plan, and which of them could run and lacked one token. */
    record Before(Set<Long> residents, Set<Long> single) {
        static Before of(Scheduler scheduler, long step, boolean feedsBack) {
            Set<Long> residents = new HashSet<>();
            Set<Long> single = new HashSet<>();
            for (Sequence sequence : scheduler.roster().residents()) {
                residents.add(sequence.id);
                if (sequence.state == State.RUNNING && sequence.ready(step, feedsBack) == 1) {
                    single.add(sequence.id);
                }
            }
            return new Before(residents, single);
        }
    }
}
