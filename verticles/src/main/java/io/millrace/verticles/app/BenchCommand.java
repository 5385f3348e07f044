package io.millrace.verticles.app;

import io.millrace.client.ClientOptions;
import io.millrace.client.ClientOptions.Trust;
import io.millrace.verticles.app.bench.Asking;
import io.millrace.verticles.app.bench.BenchPlan;
import io.millrace.verticles.app.bench.Benchmark;
import io.millrace.verticles.app.bench.RoundResult;
import io.millrace.verticles.app.config.CacheFolder;
import io.millrace.verticles.app.config.LogLevel;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures servers and prints what came out. */
@Command(
        name = "bench",
        description = {
            "Measures how fast servers stream tokens: Millrace over QUIC or WebSocket, or any OpenAI-compatible server;",
            "with --in-process a model in this program, through batching and scheduler but no network.",
            "Several are measured in turn, round by round; the table shows medians, and ratios to the first."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class BenchCommand implements Callable<Integer> {
    private static final int MOST_PER_SECOND = 100_000;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "quic://, ws://, wss://, http:// or"
                    + " https://; may be given more than once. An http URL without a path means /v1.")
    private List<URI> urls = List.of();

    @Option(
            names = "--in-process",
            description = "Load a model here and measure it; the options of a node say which, where and how.")
    private boolean inProcess;

    @Mixin
    private NodeOptions options;

    @Option(
            names = "--concurrency",
            paramLabel = "N",
            defaultValue = "16",
            description = "Requests in flight (${DEFAULT-VALUE}).")
    private int concurrency;

    @Option(
            names = "--arrival-rate",
            paramLabel = "R",
            description = "Instead of a concurrency: requests that come each second, as a Poisson process.")
    private double arrivalRate;

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

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of prompts and arrivals (${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--shared-prefix", description = "Let the prompts of a round have their first half in common.")
    private boolean sharedPrefix;

    @Option(names = "--chat", description = "Send prompts as a user's turn of a chat, not as plain text.")
    private boolean chat;

    @Option(
            names = "--ignore-eos",
            description = "Generate past the model's end token. In process, and of http servers that know ignore_eos.")
    private boolean ignoreEos;

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
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        Logging.level(LogLevel.WARN);
        checkTargets();
        BenchPlan plan = plan();
        PrintWriter out = spec.commandLine().getOut();
        try (BenchTargets targets = new BenchTargets(plan, new Asking(options.model(), chat, ignoreEos))) {
            if (inProcess) {
                out.println(targets.addInProcess(options, spec.commandLine().getErr()));
                out.flush();
            }
            for (URI url : urls) {
                targets.add(url, client(url));
            }
            BenchReport report = new BenchReport(plan, measure(new Benchmark(plan, targets.all())));
            out.println(report.table());
            if (json.isPresent()) {
                Files.writeString(json.get(), report.json());
            }
            return report.failed() == 0 ? 0 : Main.FAILED;
        }
    }

    private static SequencedMap<String, List<RoundResult>> measure(Benchmark benchmark) throws InterruptedException {
        try (ProgressLine line = new ProgressLine("bench", benchmark.answers(), "answers", 1)) {
            return benchmark.run(line::step);
        }
    }

    private void checkTargets() {
        if (urls.isEmpty() && !inProcess) {
            throw new ParameterException(spec.commandLine(), "--url or --in-process says what to measure");
        }
        for (URI url : urls) {
            if (ignoreEos && !String.valueOf(url.getScheme()).startsWith("http")) {
                throw new ParameterException(
                        spec.commandLine(), "--ignore-eos: " + url + " cannot be asked to; http servers can");
            }
        }
    }

    private BenchPlan plan() {
        atLeastOne("--concurrency", concurrency);
        atLeastOne("--requests", requests);
        atLeastOne("--prompt-tokens", promptTokens);
        atLeastOne("--max-tokens", maxTokens);
        atLeastOne("--rounds", rounds);
        if (!(arrivalRate >= 0 && arrivalRate <= MOST_PER_SECOND)) {
            throw new ParameterException(
                    spec.commandLine(), "--arrival-rate: " + arrivalRate + " is not within 0 and " + MOST_PER_SECOND);
        }
        return new BenchPlan(
                concurrency,
                arrivalRate,
                requests,
                promptTokens,
                maxTokens,
                rounds,
                Math.max(0, warmup),
                seed,
                sharedPrefix);
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
