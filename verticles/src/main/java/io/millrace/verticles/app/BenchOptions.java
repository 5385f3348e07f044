package io.millrace.verticles.app;

import io.millrace.verticles.app.bench.BenchPlan;
import io.millrace.verticles.app.bench.Length;
import io.millrace.verticles.app.bench.Lengths;
import io.millrace.verticles.app.bench.LengthsFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The load of a benchmark, as options. */
final class BenchOptions {
    private static final int MOST_PER_SECOND = 100_000;

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--concurrency",
            paramLabel = "N",
            split = ",",
            defaultValue = "16",
            description =
                    "Requests in flight (${DEFAULT-VALUE}). With several, as in 1,2,4,8, all is measured at each.")
    private int[] concurrency;

    @Option(
            names = "--arrival-rate",
            paramLabel = "R",
            description = "Instead of a concurrency: requests that come each second, as a Poisson process.")
    private double arrivalRate;

    @Option(
            names = "--requests",
            paramLabel = "N",
            defaultValue = "64",
            description =
                    "Requests of a round (${DEFAULT-VALUE}); of several concurrencies, each has at least its own.")
    private int requests;

    @Option(
            names = "--prompt-tokens",
            paramLabel = "N",
            defaultValue = "128",
            description = "Length of a prompt (${DEFAULT-VALUE}).")
    private int promptTokens;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            defaultValue = "128",
            description = "Most tokens per answer (${DEFAULT-VALUE}).")
    private int maxTokens;

    @Option(
            names = "--lengths",
            paramLabel = "FILE",
            description = {
                "Instead of one length: draw each request's from FILE, by seed.",
                "Lines of \"prompt_tokens,output_tokens\", or JSON objects with these fields."
            })
    private Optional<Path> lengths = Optional.empty();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "3",
            description = "Rounds per URL (${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--warmup",
            paramLabel = "N",
            defaultValue = "16",
            description = "Short requests per URL before the first round (${DEFAULT-VALUE}).")
    private int warmup;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of prompts, lengths and arrivals (${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--shared-prefix",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Tokens that all prompts begin with, of their length (${DEFAULT-VALUE}: they differ from the first on).")
    private int sharedPrefix;

    /** One for each level of load, in the order they are measured. */
    List<BenchPlan> plans() throws IOException {
        atLeastOne("--requests", requests);
        atLeastOne("--prompt-tokens", promptTokens);
        atLeastOne("--max-tokens", maxTokens);
        atLeastOne("--rounds", rounds);
        for (int level : concurrency) {
            atLeastOne("--concurrency", level);
        }
        if (!(arrivalRate >= 0 && arrivalRate <= MOST_PER_SECOND)) {
            throw wrong("--arrival-rate: " + arrivalRate + " is not within 0 and " + MOST_PER_SECOND);
        }
        if (arrivalRate > 0 && concurrency.length > 1) {
            throw wrong("--arrival-rate: takes the place of --concurrency, of which there are " + concurrency.length);
        }
        Lengths drawn = drawn();
        if (sharedPrefix < 0 || sharedPrefix > 0 && sharedPrefix >= drawn.least(Length::promptTokens)) {
            throw wrong(
                    "--shared-prefix: " + sharedPrefix + " is not within 0 and the shortest prompt's tokens but one: "
                            + (drawn.least(Length::promptTokens) - 1));
        }
        return Arrays.stream(concurrency).mapToObj(level -> plan(level, drawn)).toList();
    }

    private BenchPlan plan(int level, Lengths drawn) {
        int each = concurrency.length > 1 ? Math.max(requests, level) : requests;
        return new BenchPlan(level, arrivalRate, each, drawn, rounds, Math.max(0, warmup), seed, sharedPrefix);
    }

    private Lengths drawn() throws IOException {
        try {
            return lengths.isPresent() ? LengthsFile.read(lengths.get()) : Lengths.alike(promptTokens, maxTokens);
        } catch (NoSuchFileException e) {
            throw wrong("--lengths: " + e.getMessage() + " is not there");
        } catch (IllegalArgumentException e) {
            throw wrong("--lengths: " + e.getMessage());
        }
    }

    private void atLeastOne(String option, int value) {
        if (value < 1) {
            throw wrong(option + ": " + value + " is less than 1");
        }
    }

    private ParameterException wrong(String why) {
        return new ParameterException(spec.commandLine(), why);
    }
}
