package io.millrace.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RouterTest {
    private static final Work WORK = new Work(100, 42);

    @Test
    void roundRobinGivesEveryNodeItsTurnAndSurvivesWrapAround() {
        Router router = new RoundRobin(Integer.MAX_VALUE);
        List<ReplicaLoad> nodes = alike(3);
        List<String> chosen = IntStream.range(0, 6)
                .mapToObj(i -> router.choose(WORK, nodes).node())
                .toList();
        assertEquals(3, chosen.stream().distinct().count());
    }

    @Test
    void theNodeWithTheFewestOutstandingTokensIsChosen() {
        assertEquals(
                "b",
                new LeastOutstanding(0)
                        .choose(WORK, List.of(load("a", 500, 1), load("b", 300, 1), load("c", 400, 1)))
                        .node());
    }

    @Test
    void aFullCacheWeighsAsMuchAsManyTokens() {
        assertEquals(
                "a",
                new LeastOutstanding(0)
                        .choose(WORK, List.of(load("a", 500, 0.5), load("b", 300, 0)))
                        .node());
    }

    @Test
    void idleNodesTakeTurns() {
        Router router = new LeastOutstanding(0);
        List<ReplicaLoad> idle = alike(4);
        assertEquals(
                4,
                IntStream.range(0, 4)
                        .mapToObj(i -> router.choose(WORK, idle).node())
                        .distinct()
                        .count());
    }

    @Test
    void theWorstNodeIsNeverTheBetterOfTwo() {
        Router router = new PowerOfTwoChoices(new Random(1));
        List<ReplicaLoad> nodes = List.of(load("a", 1, 1), load("worst", 900, 1), load("c", 2, 1));
        assertTrue(IntStream.range(0, 1_000)
                .noneMatch(i -> router.choose(WORK, nodes).node().equals("worst")));
    }

    @Test
    void ofTwoChoicesTheSecondIsAnotherNodeAndEveryNodeIsDrawn() {
        Router router = new PowerOfTwoChoices(new Random(1));
        assertEquals("only", router.choose(WORK, List.of(load("only", 1, 1))).node());
        List<ReplicaLoad> two = List.of(load("a", 1, 1), load("b", 900, 1));
        assertTrue(IntStream.range(0, 100)
                .allMatch(i -> router.choose(WORK, two).node().equals("a")));
        List<ReplicaLoad> many = alike(10);
        assertEquals(
                10,
                IntStream.range(0, 1_000)
                        .mapToObj(i -> router.choose(WORK, many).node())
                        .distinct()
                        .count());
    }

    @Test
    void thatWhichBeginsAlikeStaysTogetherWhileItsHomeCanTakeIt() {
        Router router = new PrefixAffinity(new LeastOutstanding(0), 2);
        String home = router.choose(WORK, alike(5)).node();
        assertEquals(home, router.choose(WORK, alike(5)).node());
        List<ReplicaLoad> crowded = alike(5).stream()
                .map(load -> load.node().equals(home) ? load(home, 10_000, 1) : load)
                .toList();
        assertNotEquals(home, router.choose(WORK, crowded).node());
    }

    @Test
    void aNodeThatGoesMovesItsOwnPrefixesAndNoOthers() {
        Router router = new PrefixAffinity(new LeastOutstanding(0), 2);
        List<ReplicaLoad> before = alike(10);
        List<ReplicaLoad> after = new ArrayList<>(before);
        ReplicaLoad gone = after.remove(3);
        LongStream.range(0, 1_000).mapToObj(prefix -> new Work(100, prefix)).forEach(work -> {
            String home = router.choose(work, before).node();
            if (!home.equals(gone.node())) {
                assertEquals(home, router.choose(work, after).node());
            }
        });
    }

    @Test
    void prefixesSpreadOverAllNodes() {
        Router router = new PrefixAffinity(new LeastOutstanding(0), 2);
        List<ReplicaLoad> nodes = alike(10);
        long[] share = new long[10];
        LongStream.range(0, 10_000)
                .mapToObj(prefix -> router.choose(new Work(100, prefix), nodes))
                .forEach(load -> share[nodes.indexOf(load)]++);
        LongStream.of(share).forEach(count -> assertTrue(count > 800 && count < 1_200, "share of " + count));
    }

    private static List<ReplicaLoad> alike(int count) {
        return IntStream.range(0, count).mapToObj(i -> load("n" + i, 100, 1)).toList();
    }

    private static ReplicaLoad load(String node, long tokens, double freeCache) {
        return new ReplicaLoad(node, tokens, freeCache);
    }
}
