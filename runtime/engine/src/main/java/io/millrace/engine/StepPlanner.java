package io.millrace.engine;

import io.millrace.api.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Chooses who takes part in a step and with how many tokens.
 *
 * <p>There is no prefill and no decode: every sequence catches up with its known tokens, in the order of arrival and
 * within the budget. Sequences that lack one token are served first, so that running streams keep their pace; then
 * longer texts of residents; then those that wait. Nobody that waits is overtaken by a later one. What of a step nobody
 * needs may hold guesses ({@link Speculation}).
 */
final class StepPlanner {
    private final Limits limits;
    private final boolean feedsBack;
    private final int abreast;
    private int promptTokens;
    private final int groups;
    private final KvLedger kv;
    private final Prefixes prefixes;
    private final Speculation speculation;
    private final Roster roster;
    private final List<Sequence> turn = new ArrayList<>();
    private final List<StepPlan.Slice> chunks = new ArrayList<>();
    /** Tokens that may still be guessed in this step. */
    private int guesses;
    /** Most tokens of one prompt in this step. */
    private int chunk;

    /**
     * @param prompts in one step: tokens beside the single ones, and how many prompts share them
     * @param groups micro-batches that the residents are spread over, so that as many pipeline stages have work
     */
    StepPlanner(
            Limits limits,
            boolean feedsBack,
            PromptPace prompts,
            int groups,
            KvLedger kv,
            Prefixes prefixes,
            Speculation speculation,
            Roster roster) {
        this.limits = limits;
        this.feedsBack = feedsBack;
        this.promptTokens = prompts.tokens();
        this.abreast = prompts.abreast();
        this.groups = groups;
        this.kv = kv;
        this.prefixes = prefixes;
        this.speculation = speculation;
        this.roster = roster;
    }

    /** Most prompt tokens of the steps to come. */
    void bound(int promptTokens) {
        this.promptTokens = promptTokens;
    }

    /**
     * The slices of {@code step}, those of one token first; empty where nobody has work.
     *
     * @param seats residents allowed at once
     */
    List<StepPlan.Slice> plan(long step, int seats) {
        List<StepPlan.Slice> slices = new ArrayList<>();
        chunks.clear();
        roster.residents().stream()
                .filter(sequence -> ready(sequence, step) > 1)
                .forEach(prefixes::adopt);
        chunk = chunkOf(prompts(step, seats));
        int share = share();
        chooseResidents(step, share);
        int singles = singles(step, turn);
        int budget = Math.min(promptTokens, limits.tokenBudget() - singles);
        int spare = singles == turn.size() ? spare(singles, budget) : 0;
        guesses = spare;
        for (Sequence sequence : turn) {
            budget -= catchUp(sequence, step, budget, slices);
        }
        int rows = turn.size() + spare - guesses;
        Optional<Sequence> next;
        for (; rows < share && budget > 0 && (next = seatNext(seats)).isPresent(); rows++) {
            budget -= chunk(next.get(), step, budget, slices);
        }
        slices.addAll(chunks);
        return slices;
    }

    /** Those that could be in a step, if it had room for all. */
    private int prompts(long step, int seats) {
        int residents = roster.residents().size();
        int begun = (int) roster.residents().stream()
                .filter(sequence -> ready(sequence, step) > 1)
                .count();
        return begun + Math.min(roster.waiting().size(), Math.min(kv.freeSlots(), Math.max(0, seats - residents)));
    }

    private int chunkOf(int prompts) {
        return Math.min(limits.prefillChunk(), Math.ceilDiv(promptTokens, Math.clamp(prompts, 1, abreast)));
    }

    /** Tokens that may be guessed beside those of {@code singles}: each takes a row and a block at most, and nobody's. */
    private int spare(int singles, int budget) {
        return Math.max(0, Math.min(budget, Math.min(limits.maxBatch(), kv.freeBlocks()) - singles));
    }

    /**
     * Rows of one step. As many steps as there are groups hold everybody, so that whoever is left out of one is in
     * one of the next.
     */
    private int share() {
        int sequences = roster.residents().size() + Math.min(roster.waiting().size(), kv.freeSlots());
        return groups == 1 ? limits.maxBatch() : Math.max(1, Math.ceilDiv(sequences, groups));
    }

    /**
     * Fills {@link #turn} with the residents that take part, by arrival. Single tokens come before prompts here too, where
     * a prompt of many steps would else keep a row from streams for as long; a stream is in one of the steps in flight
     * only, so that prompts get their rows.
     */
    private void chooseResidents(long step, int share) {
        turn.clear();
        int singles = share;
        int others = share - singles(step, roster.residents());
        int tokens = promptTokens;
        for (Sequence sequence : roster.residents()) {
            int ready = ready(sequence, step);
            if (ready == 1 && singles-- > 0) {
                turn.add(sequence);
            } else if (ready > 1 && tokens > 0 && others-- > 0) {
                turn.add(sequence);
                tokens -= Math.min(ready, chunk);
            }
        }
    }

    private int singles(long step, Iterable<Sequence> sequences) {
        int singles = 0;
        for (Sequence sequence : sequences) {
            singles += ready(sequence, step) == 1 ? 1 : 0;
        }
        return singles;
    }

    private int ready(Sequence sequence, long step) {
        return sequence.state == Sequence.State.RUNNING && !prefixes.comes(sequence)
                ? sequence.ready(step, feedsBack && !speculation.expects(sequence))
                : 0;
    }

    /** Returns what was used of {@code budget}, from which single tokens are already taken. */
    private int catchUp(Sequence sequence, long step, int budget, List<StepPlan.Slice> slices) {
        if (!sequence.resident()) {
            return 0; // set back for an older one, a moment ago
        }
        if (sequence.ready(step, feedsBack) == 1) {
            return single(sequence, step, slices);
        }
        return chunk(sequence, step, budget, slices);
    }

    /** One token with guesses behind it, as far as blocks for them are free. Returns how many guesses. */
    private int single(Sequence sequence, long step, List<StepPlan.Slice> slices) {
        int[] drafts = speculation.drafts(sequence, Math.min(guesses, limits.prefillChunk() - 1));
        if (drafts.length > 0 && kv.reserve(sequence, sequence.length() + drafts.length)) {
            chunks.add(sequence.advance(step, drafts));
            guesses -= drafts.length;
            return drafts.length;
        }
        chunk(sequence, step, 1, slices);
        return 0;
    }

    private int chunk(Sequence sequence, long step, int most, List<StepPlan.Slice> slices) {
        if (most == 0 || prefixes.comes(sequence)) {
            return 0;
        }
        prefixes.adoptPart(sequence);
        int count = Math.min(Math.min(sequence.ready(step, feedsBack), chunk), most);
        if (count == 0 || !reserve(sequence, sequence.computed() + count)) {
            return 0;
        }
        StepPlan.Slice slice = sequence.advance(step, count);
        prefixes.planned(sequence, slice);
        (count == 1 ? slices : chunks).add(slice);
        return count;
    }

    /**
     * Reserves blocks, where the pool is empty at the cost of stalled and then of younger sequences, and at last of
     * {@code sequence} itself. Those served earlier in this step are older, so none of them is hit.
     */
    private boolean reserve(Sequence sequence, int positions) {
        while (!kv.reserve(sequence, positions)) {
            Sequence victim = roster.victim().orElseThrow();
            roster.setBack(victim);
            if (victim == sequence) {
                return false;
            }
        }
        return true;
    }

    /**
     * Takes in the first of those that wait, if need be in the place of stalled ones, never of running ones.
     *
     * <p>One that is still in a step in flight, set back since, waits for that step: its text may be about to grow.
     */
    private Optional<Sequence> seatNext(int seats) {
        if (roster.waiting().isEmpty()) {
            return Optional.empty();
        }
        Sequence next = roster.waiting().iterator().next();
        if (next.inFlight()) {
            return Optional.empty();
        }
        while (roster.residents().size() >= seats || !kv.hasRoomFor(next)) {
            Optional<Sequence> stalled = roster.stalledResident();
            if (stalled.isEmpty()) {
                return Optional.empty();
            }
            roster.setBack(stalled.get());
        }
        roster.seat(next);
        prefixes.seated(next);
        return Optional.of(next);
    }
}
