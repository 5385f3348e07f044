package io.millrace.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What the large table in loadtest/RESULTS.md says, on a cluster small enough to ask every build. One seed: no luck. */
class RoutingSimulationTest {
    private static final int NODES = 12;
    private static final int REQUESTS = 4_000;
    private static final double LOAD = 0.9;
    private static final long HINTS = 500_000_000;
    private static final long OLD_HINTS = 2_000_000_000;

    private final Crowd.Prefixes shared = new Crowd.Prefixes(200, 0.9, 256);

    @Test
    void knowingTheLoadHalvesTheWorstWaitsOfRoundRobin() {
        Crowd crowd = crowd(Crowd.Prefixes.NONE);
        Measurements roundRobin = run(crowd, Policy.ROUND_ROBIN, HINTS);
        Measurements twoChoices = run(crowd, Policy.POWER_OF_TWO_CHOICES, HINTS);
        assertTrue(
                twoChoices.timeToFirstToken(0.99) <= roundRobin.timeToFirstToken(0.99) / 2,
                () -> twoChoices.timeToFirstToken(0.99) + " s against " + roundRobin.timeToFirstToken(0.99) + " s");
        assertTrue(twoChoices.tokensPerSecond() > 0.95 * roundRobin.tokensPerSecond());
    }

    @Test
    void withOldHintsAllIngressesCrowdTheSameBestNodeUnlessTheyDraw() {
        Crowd crowd = crowd(Crowd.Prefixes.NONE);
        assertTrue(run(crowd, Policy.POWER_OF_TWO_CHOICES, OLD_HINTS).timeToFirstToken(0.99)
                < run(crowd, Policy.LEAST_OUTSTANDING, OLD_HINTS).timeToFirstToken(0.99));
    }

    @Test
    void sharedBeginningsAreAnsweredSoonerWhereTheyStayTogether() {
        Crowd crowd = crowd(shared);
        assertTrue(run(crowd, Policy.PREFIX_AFFINITY, HINTS, shared).timeToFirstToken(0.5)
                < run(crowd, Policy.POWER_OF_TWO_CHOICES, HINTS, shared).timeToFirstToken(0.5));
    }

    @Test
    void everyRequestIsAnsweredAndTheSameSeedIsTheSameRun() {
        Crowd crowd = crowd(Crowd.Prefixes.NONE);
        Measurements one = run(crowd, Policy.POWER_OF_TWO_CHOICES, HINTS);
        Measurements two = run(crowd, Policy.POWER_OF_TWO_CHOICES, HINTS);
        assertEquals(REQUESTS, one.finished());
        assertEquals(one.timeToFirstToken(0.99), two.timeToFirstToken(0.99));
    }

    private static Crowd crowd(Crowd.Prefixes prefixes) {
        return Crowd.of(11, REQUESTS, LOAD * NODES * RoutingTable.capacity(prefixes), prefixes);
    }

    private static Measurements run(Crowd crowd, Policy policy, long hintNanos) {
        return run(crowd, policy, hintNanos, Crowd.Prefixes.NONE);
    }

    private static Measurements run(Crowd crowd, Policy policy, long hintNanos, Crowd.Prefixes prefixes) {
        return RoutingSimulation.run(crowd, NODES, prefixes.tokens(), policy::router, hintNanos);
    }
}
