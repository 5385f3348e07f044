package io.millrace.cluster;

import java.util.List;

/**
 * Requests that begin alike go to the same node, whose cache then holds their beginning; where that node has much more to
 * do than the others, another policy decides.
 *
 * <p>The home of a prefix is found by rendezvous hashing: a node that comes or goes moves its own prefixes and no others.
 */
public final class PrefixAffinity implements Router {
    private final Router otherwise;
    private final double tolerance;

    /** @param tolerance how many times the mean cost of all nodes the home may cost; 1 or more */
    public PrefixAffinity(Router otherwise, double tolerance) {
        this.otherwise = otherwise;
        this.tolerance = tolerance;
    }

    @Override
    public ReplicaLoad choose(Work work, List<ReplicaLoad> candidates) {
        ReplicaLoad home = home(work.prefix(), candidates);
        double mean = candidates.stream()
                .mapToDouble(load -> load.cost(work.tokens()))
                .average()
                .orElseThrow();
        return home.cost(work.tokens()) <= tolerance * mean ? home : otherwise.choose(work, candidates);
    }

    private static ReplicaLoad home(long prefix, List<ReplicaLoad> candidates) {
        ReplicaLoad best = candidates.getFirst();
        long highest = Long.MIN_VALUE;
        for (ReplicaLoad candidate : candidates) {
            long score = mixed(prefix ^ mixed(candidate.node().hashCode()));
            if (score > highest) {
                highest = score;
                best = candidate;
            }
        }
        return best;
    }

    /** The finalizer of SplitMix64 (Steele, Lea, Flood, 2014): every bit of the input moves every bit of the output. */
    private static long mixed(long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
