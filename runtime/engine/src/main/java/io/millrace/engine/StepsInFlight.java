package io.millrace.engine;

import io.millrace.engine.StepPlan.Slice;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Steps handed out and not yet reported, oldest first. */
final class StepsInFlight {

    /** @param sequences one per slice; any of them may have ended, or lost its slot, since the step was planned */
    record Step(StepPlan plan, List<Sequence> sequences) {

        /** @throws IllegalArgumentException where the runner did not bring one token per slice that samples */
        void check(StepResult result) {
            long samples = plan.slices().stream().filter(Slice::samples).count();
            if (samples != result.tokens().length) {
                throw new IllegalArgumentException(
                        "step " + plan.id() + " samples " + samples + " tokens, not " + result.tokens().length);
            }
        }
    }

    private final Roster roster;
    private final KvLedger kv;
    private final ArrayDeque<Step> steps = new ArrayDeque<>();
    private long nextId;

    StepsInFlight(Roster roster, KvLedger kv) {
        this.roster = roster;
        this.kv = kv;
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
        StepPlan plan = new StepPlan(nextId++, slices);
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
        Step last;
        do {
            last = steps.removeLast();
            for (int i = 0; i < last.sequences().size(); i++) {
                rollBack(last.sequences().get(i), last.plan().slices().get(i));
            }
        } while (last.plan().id() != step);
        return new ArrayList<>(last.sequences());
    }

    void clear() {
        steps.clear();
    }

    private void rollBack(Sequence sequence, Slice slice) {
        sequence.landed(slice);
        // A sequence is not seated while in flight, so a resident has held its slot since the slice was planned.
        if (sequence.resident()) {
            sequence.rewind(slice.start());
            kv.trim(sequence, slice.start());
        }
    }
}
