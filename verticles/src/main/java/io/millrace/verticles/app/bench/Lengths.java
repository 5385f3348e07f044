package io.millrace.verticles.app.bench;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/**
 * How long requests are: as one of {@code pairs} each, drawn by seed with replacement.
 *
 * @param source where the pairs are from; empty where all requests are alike
 * @param pairs  at least one
 */
public record Lengths(String source, List<Length> pairs) {
    public Lengths {
        pairs = List.copyOf(pairs);
    }

    public static Lengths alike(int promptTokens, int maxTokens) {
        return new Lengths("", List.of(new Length(promptTokens, maxTokens)));
    }

    /** The same count and seed give the same lengths. */
    List<Length> draw(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return Stream.generate(() -> pairs.get(random.nextInt(pairs.size())))
                .limit(count)
                .toList();
    }

    /** The same prompts, with shorter answers. */
    Lengths answering(int maxTokens) {
        return new Lengths(
                source,
                pairs.stream()
                        .map(pair -> new Length(pair.promptTokens(), Math.min(maxTokens, pair.maxTokens())))
                        .toList());
    }

    public int most(ToIntFunction<Length> part) {
        return pairs.stream().mapToInt(part).max().orElseThrow();
    }

    public int least(ToIntFunction<Length> part) {
        return pairs.stream().mapToInt(part).min().orElseThrow();
    }

    public double mean(ToIntFunction<Length> part) {
        return pairs.stream().mapToInt(part).average().orElseThrow();
    }
}
