package io.millrace.engine;

import io.millrace.engine.StepPlan.Copy;
import io.millrace.engine.StepPlan.Slice;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Steps handed out and not yet reported, oldest first. */
final class StepsInFlight {

    /** @param sequences one per slice; any of them may have ended, or lost its slot, since the step was planned */
    record Step(StepPlan plan, List<Sequence> sequences) {

        /** @throws IllegalArgumentException where the runner did not bring one token per draw */
        void check(StepResult result) {
            if (plan.drawCount() != result.tokens().length) {
                throw new IllegalArgumentException(
                        "step " + plan.id() + " draws " + plan.drawCount() + " tokens, not " + result.tokens().length);
            }
        }
    }

    private final Roster roster;
    private final KvLedger kv;
    private final Prefixes prefixes;
    private final ArrayDeque<Step> steps = new ArrayDeque<>();
    private long nextId;

    StepsInFlight(Roster roster, KvLedger kv, Prefixes prefixes) {
        this.roster = roster;
        this.kv = kv;
        this.prefixes = prefixes;
    }

    int size() {
        return steps.size();
    }

    long nextId() {
        return nextId;
    }

    StepPlan add(List<Slice> slices) {
        Sequence[] sequences = new Sequence[slices.size()];
        for (int i = 0; i < sequences.length; i++) {
            sequences[i] = roster.find(slices.get(i).sequence()).orElseThrow();
        }
        StepPlan plan = new StepPlan(nextId++, slices, kv.sharing().takeCopies());
        steps.add(new Step(plan, Arrays.asList(sequences)));
        return plan;
    }

    /** False where {@code step} was rolled back. */
    boolean holds(long step) {
        if (step < 0 || step >= nextId) {
            throw new IllegalArgumentException("step " + step + " was never planned");
        }
        return steps.stream().anyMatch(held -> held.plan().id() == step);
    }

    /** Takes out {@code step}, which must be the oldest. */
    Step take(long step) {
        if (steps.getFirst().plan().id() != step) {
            throw new IllegalStateException("step " + step + " is reported before an older one");
        }
        return steps.removeFirst();
    }

    /** Takes out {@code step} and all later ones as if they had never been planned; returns {@code step}'s sequences. */
    List<Sequence> rollBackTo(long step) {
        kv.sharing().takeCopies().forEach(this::undo);
        Step last;
        do {
            last = steps.removeLast();
            for (int i = 0; i < last.sequences().size(); i++) {
                rollBack(last.sequences().get(i), last.plan().slices().get(i));
            }
            last.plan().copies().forEach(this::undo);
        } while (last.plan().id() != step);
        kv.sharing().rolledBack();
        return new ArrayList<>(last.sequences());
    }

    void clear() {
        steps.clear();
        prefixes.clear();
    }

    /** Takes back the positions of drafts that were wrong: what a resident drew in {@code slice} is known by now. */
    void dropDrafts(Sequence sequence, Slice slice) {
        if (slice.drafted() > 0) {
            rewind(sequence, Math.min(slice.end(), sequence.length() - 1));
        }
    }

    private void rollBack(Sequence sequence, Slice slice) {
        sequence.landed(slice);
        prefixes.landed(sequence, slice);
        // A sequence is not seated while in flight, so a resident has held its slot since the slice was planned.
        if (sequence.resident()) {
            rewind(sequence, slice.start());
        }
    }

    /**
     * What was to be loaded may not be in the row. Whoever has the row now has at most got it since: all its steps are rolled back,
     * too.
     */
    private void undo(Copy copy) {
        if (copy.kind() == Copy.Kind.LOAD) {
            roster.residents().stream()
                    .filter(resident -> resident.slot == copy.slot())
                    .forEach(resident -> rewind(resident, copy.start()));
        }
    }

    private void rewind(Sequence sequence, int position) {
        int kept = Math.min(position, sequence.computed());
        sequence.rewind(kept);
        kv.trim(sequence, kept);
    }
}
