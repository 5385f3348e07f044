package io.millrace.ort;

import io.millrace.engine.StepPlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Which slices of a step two lanes of half of the threads compute side by side, where that is faster than all of them one after
 * the other on all threads. Pure.
 *
 * <p>Side by side each core keeps what it works on in its own cache, and nobody waits at the end of every operator for the other
 * threads: what can be parted evenly takes two thirds to nine tenths of the CPU time from 16 rows on (loadtest/RESULTS.md). A prompt's
 * chunk cannot be parted.
 */
final class LaneShares {
    static final int LANES = 2;

    /** What a decode row costs, in tokens of a prompt: as measured at 8 rows and a context of 250. */
    private static final int ROW = 2;

    /** Less than this, in tokens of a prompt, is bound by reading the weights, which every lane does by itself. */
    private static final int LEAST = 16;

    /** Percent of a step that one lane may have at most. */
    private static final int MOST = 60;

    private final StepPlan plan;
    private final List<List<Integer>> shares = new ArrayList<>();
    private final int[] loads = new int[LANES];

    private LaneShares(StepPlan plan) {
        this.plan = plan;
        for (int lane = 0; lane < LANES; lane++) {
            shares.add(new ArrayList<>());
        }
    }

    /** By lane the indices of its slices; empty where the step is computed in one. */
    static Optional<List<List<Integer>>> of(StepPlan plan) {
        LaneShares shares = new LaneShares(plan);
        shares.chunks();
        shares.rows();
        return shares.pay() ? Optional.of(shares.shares) : Optional.empty();
    }

    /** The longest first, each to the lane that has less. */
    private void chunks() {
        indices(false).stream()
                .sorted(Comparator.comparingInt(i -> -tokens(i)))
                .forEach(i -> add(loads[0] <= loads[1] ? 0 : 1, i, tokens(i)));
    }

    /** By slot, so that those of a lane are neighbours: as many to the first lane as make both equal. */
    private void rows() {
        List<Integer> rows = indices(true).stream()
                .sorted(Comparator.comparingInt(i -> plan.slices().get(i).slot()))
                .toList();
        int even = Math.ceilDiv(loads[1] - loads[0] + rows.size() * ROW, 2 * ROW);
        int first = Math.clamp(even, 0, rows.size());
        for (int i = 0; i < rows.size(); i++) {
            add(i < first ? 0 : 1, rows.get(i), ROW);
        }
    }

    private List<Integer> indices(boolean rows) {
        List<Integer> indices = new ArrayList<>();
        for (int i = 0; i < plan.slices().size(); i++) {
            if (tokens(i) == 1 == rows) {
                indices.add(i);
            }
        }
        return indices;
    }

    private int tokens(int index) {
        return plan.slices().get(index).tokens().length;
    }

    private void add(int lane, int index, int cost) {
        shares.get(lane).add(index);
        loads[lane] += cost;
    }

    private boolean pay() {
        int all = loads[0] + loads[1];
        return all >= LEAST && 100 * Math.max(loads[0], loads[1]) <= MOST * all;
    }
}
