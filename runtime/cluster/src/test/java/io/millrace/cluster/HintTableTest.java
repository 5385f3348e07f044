package io.millrace.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HintTableTest {
    private static final long TTL = 100;

    private final HintTable table = new HintTable(3, TTL);

    @Test
    void aHintCountsUntilItsTimeIsOver() {
        table.heard(hint("a", true, 10), 0);
        assertEquals(List.of("a"), nodes(TTL - 1));
        assertEquals(List.of(), nodes(TTL));
        assertEquals(Optional.empty(), table.find("a", TTL));
    }

    @Test
    void theClockMayWrapAround() {
        table.heard(hint("a", true, 10), Long.MAX_VALUE - 10);
        assertEquals(List.of("a"), nodes(Long.MIN_VALUE + 10));
        assertEquals(List.of(), nodes(Long.MIN_VALUE + 10 + TTL));
    }

    @Test
    void whatWasSentSinceCountsUntilTheNodeIsHeardAgain() {
        table.heard(hint("a", true, 10), 0);
        table.sent("a", 7);
        table.sent("a", 5);
        table.sent("unknown", 5);
        assertEquals(22, table.candidates("m", 1).getFirst().outstandingTokens());
        table.heard(hint("a", true, 12), 2);
        assertEquals(12, table.candidates("m", 3).getFirst().outstandingTokens());
    }

    @Test
    void onlyNodesThatTakeRequestsForTheModelAreCandidates() {
        table.heard(hint("b", true, 1), 0);
        table.heard(hint("a", true, 1), 0);
        table.heard(hint("c", false, 1), 0);
        assertEquals(List.of("a", "b"), nodes(1));
        assertEquals(List.of(), table.candidates("other", 1));
    }

    @Test
    void aNodeThatDidNotAnswerIsForgottenUntilItIsHeardAgain() {
        table.heard(hint("a", true, 1), 0);
        table.forget("a");
        assertEquals(List.of(), nodes(1));
        table.heard(hint("a", true, 1), 2);
        assertEquals(List.of("a"), nodes(3));
    }

    @Test
    void ofMoreNodesThanItHoldsTheOneHeardLongestAgoGoes() {
        table.heard(hint("a", true, 1), 1);
        table.heard(hint("b", true, 1), 0);
        table.heard(hint("c", true, 1), 2);
        table.heard(hint("d", true, 1), 3);
        assertEquals(List.of("a", "c", "d"), nodes(4));
    }

    private List<String> nodes(long now) {
        return table.candidates("m", now).stream().map(ReplicaLoad::node).toList();
    }

    private static NodeHint hint(String node, boolean taking, long tokens) {
        return new NodeHint(node, "10.0.0.1", 7900, "m", taking, tokens, 1);
    }
}
