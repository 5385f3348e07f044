package io.millrace.verticles.app;

import io.millrace.client.ClientOptions;
import io.millrace.client.ClientOptions.Trust;
import io.millrace.verticles.app.bench.BenchPlan;
import io.millrace.verticles.app.bench.Benchmark;
import io.millrace.verticles.app.bench.RoundResult;
import io.millrace.verticles.app.bench.Target;
import io.millrace.verticles.app.bench.Targets;
import io.millrace.verticles.app.config.CacheFolder;
import io.millrace.verticles.app.config.LogLevel;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures servers and prints what came out. */
@Command(
        name = "bench",
        description = {
            "Measures how fast servers stream tokens: Millrace over QUIC or WebSocket, or any OpenAI-compatible server.",
            "Several --url are measured in turn, round by round; the table shows medians, and ratios to the first."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class BenchCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--url",
            required = true,
            paramLabel = "URL",
            description = "quic://, ws://, wss://, http:// or"
                    + " https://; may be given more than once. An http URL without a path means /v1.")
    private List<URI> urls = List.of();

    @Option(
            names = "--concurrency",
            paramLabel = "N",
            defaultValue = "16",
            description = "Requests in flight (${DEFAULT-VALUE}).")
    private int concurrency;

    @Option(
            names = "--requests",
            paramLabel = "N",
            defaultValue = "64",
            description = "Requests of a round (${DEFAULT-VALUE}).")
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

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Of the prompts (${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--shared-prefix", description = "Let the prompts of a round have their first half in common.")
    private boolean sharedPrefix;

    @Option(names = "--chat", description = "Send prompts as a user's turn of a chat, not as plain text.")
    private boolean chat;

    @Option(
            names = "--model",
            paramLabel = "NAME",
            defaultValue = "",
            description = "Model to ask for (default: the server's own).")
    private String model;

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            defaultValue = "${env:MILLRACE_API_KEY:-}",
            description = "Default: $MILLRACE_API_KEY.")
    private String apiKey;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "PEM certificates to trust for quic and wss (default:"
                    + " the JDK's, on loopback this user's own self-signed one).")
    private Optional<Path> ca = Optional.empty();

    @Option(names = "--json", paramLabel = "FILE", description = "Write all rounds there, too.")
    private Optional<Path> json = Optional.empty();

    @Override
    public Integer call() throws IOException, InterruptedException {
        Logging.level(LogLevel.WARN);
        BenchPlan plan = plan();
        Vertx vertx = Vertx.vertx();
        SequencedMap<String, Target> targets = new LinkedHashMap<>();
        try {
            for (URI url : urls) {
                targets.put(url.toString(), Targets.of(url, vertx, client(url), model, chat));
            }
            BenchReport report = new BenchReport(plan, measure(new Benchmark(plan, targets)));
            spec.commandLine().getOut().println(report.table());
            if (json.isPresent()) {
                Files.writeString(json.get(), report.json());
            }
            return report.failed() == 0 ? 0 : Main.FAILED;
        } finally {
            targets.values().forEach(Target::close);
        }
    }

    private static SequencedMap<String, List<RoundResult>> measure(Benchmark benchmark) throws InterruptedException {
        try (ProgressLine line = new ProgressLine("bench", benchmark.answers(), "answers", 1)) {
            return benchmark.run(line::step);
        }
    }

    private BenchPlan plan() {
        atLeastOne("--concurrency", concurrency);
        atLeastOne("--requests", requests);
        atLeastOne("--prompt-tokens", promptTokens);
        atLeastOne("--max-tokens", maxTokens);
        atLeastOne("--rounds", rounds);
        return new BenchPlan(
                concurrency, requests, promptTokens, maxTokens, rounds, Math.max(0, warmup), seed, sharedPrefix);
    }

    private void atLeastOne(String option, int value) {
        if (value < 1) {
            throw new ParameterException(spec.commandLine(), option + ": " + value + " is less than 1");
        }
    }

    private ClientOptions client(URI url) {
        ClientOptions options = ClientOptions.DEFAULTS.withApiKey(apiKey);
        Path own = CacheFolder.ofUser().resolve("keys/localhost.pem");
        Optional<Path> trusted =
                ca.or(() -> Optional.of(own).filter(file -> loopback(url.getHost()) && Files.exists(file)));
        return trusted.<Trust>map(Trust.Pem::new).map(options::withTrust).orElse(options);
    }

    /** A name that cannot be resolved is none; connecting will say so. */
    private static boolean loopback(String host) {
        try {
            return host != null && InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
