package io.millrace.cluster;

import java.util.List;

/** Every node in its turn, whatever it has to do: what the other policies are compared with. */
public final class RoundRobin implements Router {
    private int next;

    /** @param first whose turn it is first: ingresses that all began with the same node would move in step */
    public RoundRobin(int first) {
        next = first;
    }

    @Override
    public ReplicaLoad choose(Work work, List<ReplicaLoad> candidates) {
        return candidates.get(Math.floorMod(next++, candidates.size()));
    }
}
