package io.millrace.verticles.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The first rounds of what loadtest/RESULTS.md tells of a hundred: two processes beside this one, killed as they compute. */
class FailoverIT {
    /** A node that is killed may have had nothing to do. */
    private static final int MOST_ROUNDS = 5;

    @Test
    void nothingIsLostRepeatedOrChangedWhereNodesAreKilled() throws Exception {
        try (FailoverRounds failover = new FailoverRounds(42, 2, 8)) {
            FailoverRounds.Outcome outcome;
            do {
                failover.round();
                outcome = failover.outcome();
                assertEquals(outcome.requests(), outcome.right(), outcome::toString);
            } while (outcome.handovers() == 0 && outcome.kills() < MOST_ROUNDS);
            assertTrue(outcome.handovers() > 0, "no stream had to move: " + outcome);
        }
    }
}
