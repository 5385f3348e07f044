package io.millrace.verticles.app.bench;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Prompts of a wanted length: words that are one token each in the common BPE vocabularies, drawn by seed. */
final class Prompts {
    /** 2³² over the golden ratio: takes neighbouring hashes far apart. */
    private static final int SPREAD = 0x9E3779B9;

    private static final List<String> WORDS = List.of("""
            hard line tool special species future natural plant complex role until country works always suggest exist \
            levels step today given strong little results range ways book next percent flow four similar short working \
            past space amount free concept heart later author needs words give paper kind mind having field begin \
            parent expect changes issues story upon require whether types enough likely record usually days address \
            away ever going left path account higher growth century full super never side brain however plants term \
            unique ground groups above event least subject sound near modern really rather effects reason quality \
            nature pattern cases detail size hold someone lower general factors million comes already student global \
            word simple city living single members wind source either once seen thought deep house done team file \
            helps created engine online live fall methods market needed action animals idea sent quick reduce target \
            break soft surface popular color writing rights mass parts values port climate share rate came friends \
            stress clear below image whole meaning healthy events context ability taken music money avoid instead \
            adult states culture allows review article cannot site five reading check tools""".split(" "));

    private Prompts() {}

    /** The prompts of one round; the same plan and round give the same prompts, and another concurrency gives others: a server has those in its cache. */
    static List<String> ofRound(BenchPlan plan, int round) {
        List<Length> lengths = plan.lengthsOf(round);
        return IntStream.range(0, plan.requests())
                .mapToObj(i -> prompt(plan, round, i, lengths.get(i).promptTokens(), plan.sharedPrefix()))
                .toList();
    }

    /** A token id for each word, always the same one for the same word. */
    static int[] ids(String prompt, int vocabulary) {
        return Arrays.stream(prompt.split(" "))
                .mapToInt(word -> Math.floorMod(word.hashCode() * SPREAD, vocabulary))
                .toArray();
    }

    private static String prompt(BenchPlan plan, int round, int index, int tokens, int shared) {
        IntStream beginning = words(new SplittableRandom(plan.seed()), shared);
        SplittableRandom own =
                new SplittableRandom(Arrays.hashCode(new long[] {plan.seed(), plan.concurrency(), round, index}));
        // Neighbouring requests begin with different words, whatever is drawn after.
        IntStream first = IntStream.of(Math.floorMod(plan.seed() + 31L * round + index, WORDS.size()));
        IntStream rest = words(own, tokens - shared - 1);
        return IntStream.concat(beginning, IntStream.concat(first, rest))
                .mapToObj(WORDS::get)
                .collect(Collectors.joining(" "));
    }

    private static IntStream words(SplittableRandom random, int count) {
        return random.ints(Math.max(0, count), 0, WORDS.size());
    }
}
