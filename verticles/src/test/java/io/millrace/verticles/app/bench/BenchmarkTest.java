package io.millrace.verticles.app.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.client.TokenClients;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BenchmarkTest {
    private static final Lengths LENGTHS = Lengths.alike(10, 5);
    private static final BenchPlan PLAN = new BenchPlan(4, 0, 12, LENGTHS, 2, 3, 1, 0);

    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());

    @Test
    void targetsAreMeasuredInTurnWithTheSamePrompts() throws Exception {
        SequencedMap<String, Target> targets = new LinkedHashMap<>();
        targets.put("a", target("a", 5));
        targets.put("b", target("b", 5));
        AtomicInteger answers = new AtomicInteger();
        Benchmark benchmark = new Benchmark(PLAN, targets);
        SequencedMap<String, List<RoundResult>> results =
                benchmark.run(answers::incrementAndGet).rounds();
        assertEquals(List.of("a", "b"), List.copyOf(results.keySet()));
        assertEquals(2, results.get("a").size());
        assertEquals(benchmark.answers(), answers.get());
        assertEquals(List.of("a", "b", "a", "b", "a", "b"), turns());
        assertEquals(new HashSet<>(promptsOf("a")), new HashSet<>(promptsOf("b")));
    }

    @Test
    void aRoundCountsWhatTheServerSaysElseWhatArrived() throws Exception {
        assertEquals(12 * 9, round(target("a", 9)).tokens());
        RoundResult counted = round(target("a", 0));
        assertEquals(12 * 2, counted.tokens());
        assertEquals(12, counted.answered());
        assertTrue(counted.tokensPerSecond() > 0);
    }

    @Test
    void failedRequestsAreCountedAndToldOnceEach() throws Exception {
        RoundResult result = round(new TestTarget() {
            @Override
            public Answer stream(String prompt, int maxTokens, Runnable onToken) throws IOException {
                throw new IOException("no");
            }
        });
        assertEquals(0, result.answered());
        assertEquals(12, result.failed());
        assertEquals(List.of("no"), result.errors());
    }

    @Test
    void asManyRequestsAreInFlightAsThePlanSays() throws Exception {
        CyclicBarrier allInFlight = new CyclicBarrier(4);
        assertEquals(12, round(waitingFor(allInFlight)).answered());
    }

    @Test
    void anOpenLoopSendsWhatIsDueThoughNothingIsAnswered() throws Exception {
        CyclicBarrier allInFlight = new CyclicBarrier(12);
        BenchPlan open = new BenchPlan(1, 100_000, 12, LENGTHS, 1, 0, 1, 0);
        RoundResult result = round(waitingFor(allInFlight), open);
        assertEquals(12, result.answered());
    }

    @Test
    void everyAnsweredRequestLeavesASample() throws Exception {
        RoundResult result = round(target("a", 9));
        assertEquals(12, result.samples().size());
        for (Sample sample : result.samples()) {
            assertEquals(9, sample.tokens());
            assertTrue(sample.atSeconds() >= 0 && sample.ttftMillis() > 0, sample::toString);
            assertTrue(sample.millis() >= sample.ttftMillis(), sample::toString);
        }
    }

    @Test
    void drawnLengthsAreThoseOfTheirSeedForPromptsAndAnswersAlike() throws Exception {
        Lengths drawn = new Lengths("file", List.of(new Length(3, 7), new Length(20, 1)));
        BenchPlan plan = new BenchPlan(4, 0, 200, drawn, 1, 0, 1, 0);
        Map<Integer, Set<Integer>> answersOf = new ConcurrentHashMap<>();
        AtomicInteger shorter = new AtomicInteger();
        round(
                new TestTarget() {
                    @Override
                    public Answer stream(String prompt, int maxTokens, Runnable onToken) {
                        int words = prompt.split(" ").length;
                        answersOf
                                .computeIfAbsent(words, any -> ConcurrentHashMap.newKeySet())
                                .add(maxTokens);
                        shorter.addAndGet(words == 3 ? 1 : 0);
                        return new Answer(words, 0, maxTokens);
                    }
                },
                plan);
        assertEquals(Map.of(3, Set.of(7), 20, Set.of(1)), answersOf);
        assertTrue(shorter.get() > 60 && shorter.get() < 140, shorter::toString);
        assertEquals(plan.lengthsOf(0), plan.lengthsOf(0));
        assertNotEquals(plan.lengthsOf(0), plan.lengthsOf(1));
    }

    @Test
    void arrivalsAreAPoissonProcessOfTheirSeed() {
        long[] times = Arrivals.poisson(50, 20_000, 7);
        assertArrayEquals(times, Arrivals.poisson(50, 20_000, 7));
        assertFalse(Arrays.equals(times, Arrivals.poisson(50, 20_000, 8)));
        double[] gaps = IntStream.range(1, times.length)
                .mapToDouble(i -> (times[i] - times[i - 1]) / 1e9)
                .toArray();
        double mean = Arrays.stream(gaps).average().orElseThrow();
        double deviation = Math.sqrt(Arrays.stream(gaps)
                .map(gap -> (gap - mean) * (gap - mean))
                .average()
                .orElseThrow());
        assertEquals(0.02, mean, 0.001);
        assertEquals(0.02, deviation, 0.001, "the gaps of a Poisson process deviate by as much as their mean");
    }

    @Test
    void aRoundSaysHowTheReplicaWasUsed() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        RoundResult result = round(new TestTarget() {
            @Override
            public Answer stream(String prompt, int maxTokens, Runnable onToken) {
                return new Answer(10, 0, 5);
            }

            @Override
            public List<ReplicaCounters> counters() {
                return asked.getAndIncrement() == 0
                        ? List.of(new ReplicaCounters(100, 200, 300, 7))
                        : List.of(new ReplicaCounters(110, 260, 420, 7));
            }
        });
        assertEquals(List.of(new ReplicaUse(10, 120, 6, 12, 1)), result.replicas());
        assertEquals(12 * 15 / result.seconds(), result.totalTokensPerSecond(), 1e-6);
    }

    @Test
    void moreStreamsThanAConnectionCarriesAreSpreadEvenly() {
        LeastBusy connections = new LeastBusy(
                List.of(TokenClients.inProcess(null), TokenClients.inProcess(null), TokenClients.inProcess(null)));
        assertEquals(
                List.of(0, 1, 2), Stream.generate(connections::acquire).limit(3).toList());
        connections.release(1);
        assertEquals(1, connections.acquire());
    }

    @Test
    void aWordOfAPromptIsOneTokenOfAnyVocabulary() {
        String prompt = Prompts.ofRound(PLAN, 0).getFirst();
        int[] ids = Prompts.ids(prompt, 1000);
        assertEquals(10, ids.length);
        assertTrue(Arrays.stream(ids).allMatch(id -> id >= 0 && id < 1000));
        assertArrayEquals(ids, Prompts.ids(prompt, 1000));
    }

    @Test
    void promptsAreOfTheAskedLengthAndDifferFromTheFirstWord() {
        List<String> prompts = Prompts.ofRound(PLAN, 0);
        prompts.forEach(prompt -> assertEquals(10, prompt.split(" ").length));
        assertEquals(
                12,
                prompts.stream().map(prompt -> prompt.split(" ")[0]).distinct().count());
        assertEquals(prompts, Prompts.ofRound(PLAN, 0));
        assertNotEquals(prompts, Prompts.ofRound(PLAN, 1));
    }

    @Test
    void noLevelFindsThePromptsOfAnotherInThePrefixCache() {
        Set<List<String>> beginnings = IntStream.of(1, 4)
                .mapToObj(concurrency -> new BenchPlan(concurrency, 0, 12, LENGTHS, 2, 3, 1, 0))
                .flatMap(level -> Prompts.ofRound(level, 0).stream())
                .map(prompt -> List.of(prompt.split(" ")).subList(0, 5))
                .collect(Collectors.toSet());
        assertEquals(2 * 12, beginnings.size());
    }

    @Test
    void promptsShareAsManyTokensAsAreAskedFor() {
        List<String> prompts = Prompts.ofRound(new BenchPlan(4, 0, 12, LENGTHS, 2, 3, 1, 7), 0);
        assertEquals(
                1,
                prompts.stream()
                        .map(prompt -> List.of(prompt.split(" ")).subList(0, 7))
                        .distinct()
                        .count());
        assertEquals(
                12,
                prompts.stream().map(prompt -> prompt.split(" ")[7]).distinct().count());
        prompts.forEach(prompt -> assertEquals(10, prompt.split(" ").length));
    }

    @Test
    void aSummaryIsTheMedianOfTheRounds() {
        Summary odd = Summary.of(List.of(rate(3), rate(1), rate(7)));
        assertEquals(3, odd.tokensPerSecond());
        assertEquals(2, Summary.of(List.of(rate(3), rate(1))).tokensPerSecond());
        assertEquals(6, odd.answered());
        assertEquals(5, odd.promptTokens());
    }

    private static RoundResult rate(double tokensPerSecond) {
        Percentiles none = new Percentiles(0, 0, 0, 0);
        return new RoundResult(1, 2, 0, 10, 0, 0, tokensPerSecond, 0, none, none, List.of(), List.of(), List.of());
    }

    private static RoundResult round(Target target) throws InterruptedException {
        return round(target, PLAN);
    }

    private static RoundResult round(Target target, BenchPlan plan) throws InterruptedException {
        return new Round("a", target, plan, 0, () -> {}).run();
    }

    /** Answers when so many requests are in flight. */
    private static Target waitingFor(CyclicBarrier barrier) {
        return new TestTarget() {
            @Override
            public Answer stream(String prompt, int maxTokens, Runnable onToken) throws IOException {
                try {
                    barrier.await();
                    return new Answer(1, 0, 1);
                } catch (Exception e) {
                    throw new IOException(e);
                }
            }
        };
    }

    /** Which target was asked, each run of requests to the same one told once. */
    private List<String> turns() {
        List<String> turns = new ArrayList<>();
        asked.stream().map(entry -> entry.substring(0, 1)).forEach(name -> {
            if (turns.isEmpty() || !turns.getLast().equals(name)) {
                turns.add(name);
            }
        });
        return turns;
    }

    private List<String> promptsOf(String name) {
        return asked.stream()
                .filter(entry -> entry.startsWith(name))
                .map(entry -> entry.substring(1))
                .toList();
    }

    private Target target(String name, int reported) {
        return new TestTarget() {
            @Override
            public Answer stream(String prompt, int maxTokens, Runnable onToken) {
                asked.add(name + prompt);
                onToken.run();
                onToken.run();
                return new Answer(3, 0, reported);
            }
        };
    }

    private abstract static class TestTarget implements Target {
        @Override
        public void close() {}
    }
}
