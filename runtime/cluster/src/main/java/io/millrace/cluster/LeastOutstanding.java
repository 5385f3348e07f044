package io.millrace.cluster;

import java.util.List;

/**
 * The node with the fewest outstanding tokens, weighted by free cache: least connections, knowing what a connection
 * costs. Of equals the one listed first after where the last search began, so that idle nodes take turns.
 */
public final class LeastOutstanding implements Router {
    private int start;

    /** @param first where the first search begins: ingresses that all preferred the same node would crowd it */
    public LeastOutstanding(int first) {
        start = first;
    }

    @Override
    public ReplicaLoad choose(Work work, List<ReplicaLoad> candidates) {
        int begin = Math.floorMod(start++, candidates.size());
        ReplicaLoad best = candidates.get(begin);
        for (int i = 1; i < candidates.size(); i++) {
            ReplicaLoad other = candidates.get((begin + i) % candidates.size());
            if (other.cost(work.tokens()) < best.cost(work.tokens())) {
                best = other;
            }
        }
        return best;
    }
}
