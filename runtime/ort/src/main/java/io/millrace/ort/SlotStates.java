package io.millrace.ort;

import io.millrace.engine.StepPlan;

/** What a stage knows of the slots of its cache. Owned by the stage's thread; each of its lanes reads and writes those of its rows. */
final class SlotStates {
    /** Positions that were computed or loaded since the slot last began at 0, right or rolled back. */
    private final int[] filled;

    /** The token each slot sampled last. */
    private final int[] sampled;

    private final int contextTokens;

    SlotStates(int slots, int contextTokens) {
        this.filled = new int[slots];
        this.sampled = new int[slots];
        this.contextTokens = contextTokens;
    }

    int count() {
        return filled.length;
    }

    /**
     * Takes note of what the plan's copies bring, and looks at its slices.
     *
     * @throws IllegalArgumentException where a copy or slice is outside of the cache or leaves a gap in it
     */
    void accept(StepPlan plan) {
        plan.copies().forEach(this::accept);
        for (StepPlan.Slice slice : plan.slices()) {
            if (slice.slot() < 0 || slice.slot() >= filled.length) {
                throw new IllegalArgumentException("slot " + slice.slot() + " of " + filled.length);
            }
            if (slice.tokens().length == 0 || slice.end() > contextTokens) {
                throw new IllegalArgumentException(
                        "positions " + slice.start() + " to " + slice.end() + " of " + contextTokens);
            }
            if (slice.start() > filled[slice.slot()]) {
                throw new IllegalArgumentException("slot " + slice.slot() + " holds " + filled[slice.slot()]
                        + " positions, so none can be computed at " + slice.start());
            }
        }
    }

    private void accept(StepPlan.Copy copy) {
        if (copy.slot() < 0 || copy.slot() >= filled.length) {
            throw new IllegalArgumentException("slot " + copy.slot() + " of " + filled.length);
        }
        boolean load = copy.kind() == StepPlan.Copy.Kind.LOAD;
        int held = filled[copy.slot()];
        if (copy.start() < 0 || load && copy.start() > held || (load ? contextTokens : held) < copy.end()) {
            throw new IllegalArgumentException(copy.kind() + " of positions " + copy.start() + " to " + copy.end()
                    + ", where slot " + copy.slot() + " holds " + held + " of " + contextTokens);
        }
        if (load) {
            filled[copy.slot()] = copy.end();
        }
    }

    /** To be called before any slice runs: what a failed run wrote counts, too, and fillers write behind it. */
    void fill(StepPlan plan) {
        plan.slices().forEach(slice -> filled[slice.slot()] = slice.end());
    }

    /**
     * Where a filler row may write: behind all that its slot holds. A slot at full context has one spare position for
     * it, which no sequence reaches.
     */
    int fillerPosition(int slot) {
        return filled[slot];
    }

    void sampled(int slot, int token) {
        sampled[slot] = token;
    }

    /** The id to feed for {@code token}, which may be {@link StepPlan#PENDING}. */
    int resolve(int slot, int token) {
        return token == StepPlan.PENDING ? sampled[slot] : token;
    }
}
