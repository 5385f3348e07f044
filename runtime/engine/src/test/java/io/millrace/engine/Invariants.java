package io.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.engine.Sequence.State;
import io.millrace.engine.StepPlan.Slice;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What holds between any two calls to a scheduler, and for every plan. */
final class Invariants {
    private static final BlockKey NOBODY_ELSES = BlockKey.ofSalt("nobody else's");

    private Invariants() {}

    static void ofBooks(Scheduler scheduler, SimulationSetup setup) {
        Roster roster = scheduler.roster();
        var limits = setup.limits();
        BitSet slots = new BitSet();
        Map<Integer, BlockKey> blocks = new HashMap<>();
        boolean inPlace = setup.sharing() == KvSharing.IN_PLACE;
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
            for (int i = 0; i < sequence.blocks.length; i++) {
                int known = Math.min(sequence.computed(), sequence.length());
                boolean whole = inPlace && (i + 1) * limits.blockTokens() <= known;
                BlockKey holds = whole ? sequence.key(i, limits.blockTokens()) : NOBODY_ELSES;
                BlockKey other = blocks.putIfAbsent(sequence.blocks[i], holds);
                assertTrue(other == null || whole && other.equals(holds), "block of two contents");
            }
            assertEquals(sequence.state == State.WAITING, roster.waiting().contains(sequence), "waiting");
            assertTrue(sequence.state != State.ENDED, "ended and living");
        }
        List<Long> arrivals =
                roster.residents().stream().map(sequence -> sequence.id).toList();
        assertEquals(arrivals.stream().sorted().toList(), arrivals, "residents by arrival");
        SchedulerLoad load = scheduler.load();
        assertEquals(limits.kvBlocks(), blocks.size() + load.freeBlocks(), "blocks are conserved");
        assertEquals(limits.maxBatch(), roster.residents().size() + load.freeSlots(), "slots are conserved");
        assertEquals(slots.cardinality(), roster.residents().size(), "residents are living");
        assertTrue(load.stepsInFlight() <= limits.stepsInFlight(), "steps in flight");
        assertTrue(scheduler.activeCount() <= limits.maxStreams(), "streams");
    }

    static void ofPlan(StepPlan plan, SimulationSetup setup) {
        var limits = setup.limits();
        assertTrue(plan.slices().size() <= limits.maxBatch(), "rows");
        assertTrue(plan.tokenCount() <= limits.tokenBudget(), "token budget");
        assertTrue(promptTokens(plan) <= setup.prompts().tokens(), "prompt tokens");
        assertTrue(plan.drawCount() <= limits.maxBatch(), "draws");
        Set<Long> sequences = new HashSet<>();
        Set<Integer> slots = new HashSet<>();
        Set<Integer> written = new HashSet<>();
        Map<Integer, Integer> blocks = new HashMap<>();
        int guessed = 0;
        boolean chunks = false;
        for (Slice slice : plan.slices()) {
            assertTrue(sequences.add(slice.sequence()), "two slices of one sequence");
            assertTrue(slots.add(slice.slot()), "two slices of one slot");
            for (int i = slice.start() / limits.blockTokens(); i < slice.blocks().length; i++) {
                assertTrue(written.add(slice.blocks()[i]), "two slices write to one block");
            }
            for (int block : slice.blocks()) {
                blocks.merge(block, 1, Integer::sum);
            }
            assertTrue(slice.tokens().length <= limits.prefillChunk(), "chunk");
            assertTrue(slice.drafted() <= limits.draftTokens(), "drafts");
            assertTrue(slice.drafted() == 0 || slice.draws() == slice.tokens().length, "one known token before drafts");
            guessed += slice.drafted() > 0 ? 1 : 0;
            assertTrue(slice.end() <= setup.contextTokens(), "context");
            assertFalse(chunks && slice.tokens().length == 1, "single tokens come first");
            chunks = slice.tokens().length > 1;
            boolean pending = false;
            for (int token : slice.tokens()) {
                pending |= token == StepPlan.PENDING;
            }
            assertFalse(pending && (!setup.feedsBack() || chunks), "pending token");
        }
        assertTrue(guessed <= limits.draftSequences(), "sequences that tokens are guessed for");
        written.forEach(block -> assertEquals(1, blocks.get(block), "slices of a block that is written"));
    }

    private static int promptTokens(StepPlan plan) {
        return plan.slices().stream()
                .filter(slice -> slice.tokens().length > 1)
                .mapToInt(slice -> slice.drafted() > 0 ? slice.drafted() : slice.tokens().length)
                .sum();
    }

    /** Nobody that waits is overtaken by one that came later. */
    static void ofOrder(Scheduler scheduler, Set<Long> residentsBefore) {
        long firstWaiting = scheduler.roster().waiting().stream()
                .mapToLong(sequence -> sequence.id)
                .min()
                .orElse(Long.MAX_VALUE);
        for (Sequence sequence : scheduler.roster().residents()) {
            boolean waited = !residentsBefore.contains(sequence.id);
            assertFalse(waited && sequence.id > firstWaiting, "overtook one that waits");
        }
    }

    static Set<Long> residents(Scheduler scheduler) {
        return ids(scheduler, sequence -> true);
    }

    /** Residents that could be in {@code step} and lack one token only: the ones that stream, and that nothing was foretold of. */
    static Set<Long> streaming(Scheduler scheduler, long step, boolean feedsBack) {
        return ids(scheduler, s -> s.state == State.RUNNING && s.ready(step, feedsBack && s.foretold == 0) == 1);
    }

    private static Set<Long> ids(Scheduler scheduler, Predicate<Sequence> which) {
        return scheduler.roster().residents().stream()
                .filter(which)
                .map(sequence -> sequence.id)
                .collect(Collectors.toSet());
    }
}
