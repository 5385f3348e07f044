package io.millrace.cluster;

import java.util.List;

/** A policy: which of several nodes gets a request. Owned by one thread; may remember what it decided. */
public interface Router {

    /**
     * @param candidates never empty; in the same order wherever the same nodes are known
     * @return one of them
     */
    ReplicaLoad choose(Work work, List<ReplicaLoad> candidates);
}
