package io.millrace.cluster;

import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The better of two nodes drawn at random. Where many ingresses decide by the same old hints, all of them would crowd the
 * one node that was best then; two draws spread them (Mitzenmacher, "The Power of Two Choices in Randomized Load
 * Balancing", 2001).
 */
public final class PowerOfTwoChoices implements Router {
    private final RandomGenerator random;

    public PowerOfTwoChoices(RandomGenerator random) {
        this.random = random;
    }

    @Override
    public ReplicaLoad choose(Work work, List<ReplicaLoad> candidates) {
        int count = candidates.size();
        if (count == 1) {
            return candidates.getFirst();
        }
        int one = random.nextInt(count);
        int two = (one + 1 + random.nextInt(count - 1)) % count;
        ReplicaLoad first = candidates.get(one);
        ReplicaLoad second = candidates.get(two);
        return second.cost(work.tokens()) < first.cost(work.tokens()) ? second : first;
    }
}
