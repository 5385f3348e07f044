package io.millrace.verticles.app.bench;

import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The rounds of one target as one line: medians over the rounds, and sums of what can be counted.
 *
 * @param promptTokens mean length of a prompt as the server counted it; 0 where it does not say
 * @param cachedShare  of the prompts' tokens, found in the server's prefix cache and not computed
 */
public record Summary(
        double tokensPerSecond,
        double totalTokensPerSecond,
        Percentiles ttftMillis,
        Percentiles gapMillis,
        int answered,
        int failed,
        double promptTokens,
        double cachedShare,
        List<ReplicaUse> replicas,
        List<String> errors) {

    public static Summary of(List<RoundResult> rounds) {
        int answered = rounds.stream().mapToInt(RoundResult::answered).sum();
        long promptTokens = rounds.stream().mapToLong(RoundResult::promptTokens).sum();
        long cached = rounds.stream().mapToLong(RoundResult::cachedTokens).sum();
        return new Summary(
                median(rounds, RoundResult::tokensPerSecond),
                median(rounds, RoundResult::totalTokensPerSecond),
                medians(rounds, RoundResult::ttftMillis),
                medians(rounds, RoundResult::gapMillis),
                answered,
                rounds.stream().mapToInt(RoundResult::failed).sum(),
                answered == 0 ? 0 : (double) promptTokens / answered,
                promptTokens == 0 ? 0 : (double) cached / promptTokens,
                IntStream.range(0, rounds.getFirst().replicas().size())
                        .mapToObj(replica -> replica(rounds, replica))
                        .toList(),
                rounds.stream()
                        .flatMap(round -> round.errors().stream())
                        .distinct()
                        .toList());
    }

    private static Percentiles medians(List<RoundResult> rounds, Function<RoundResult, Percentiles> part) {
        return new Percentiles(
                median(rounds, round -> part.apply(round).p50()),
                median(rounds, round -> part.apply(round).p90()),
                median(rounds, round -> part.apply(round).p95()),
                median(rounds, round -> part.apply(round).p99()));
    }

    private static ReplicaUse replica(List<RoundResult> rounds, int index) {
        return new ReplicaUse(
                rounds.stream()
                        .mapToLong(round -> round.replicas().get(index).steps())
                        .sum(),
                rounds.stream()
                        .mapToLong(round -> round.replicas().get(index).tokens())
                        .sum(),
                median(rounds, round -> round.replicas().get(index).sequencesPerStep()),
                median(rounds, round -> round.replicas().get(index).tokensPerStep()),
                median(rounds, round -> round.replicas().get(index).idleShare()));
    }

    /** Of an even number of rounds the mean of the middle two. */
    private static double median(List<RoundResult> rounds, ToDoubleFunction<RoundResult> part) {
        double[] sorted = rounds.stream().mapToDouble(part).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
