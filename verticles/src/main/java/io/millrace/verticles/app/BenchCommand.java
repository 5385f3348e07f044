package io.millrace.verticles.app;

import io.millrace.client.ClientOptions;
import io.millrace.client.ClientOptions.Trust;
import io.millrace.verticles.app.bench.Asking;
import io.millrace.verticles.app.bench.BenchPlan;
import io.millrace.verticles.app.bench.Benchmark;
import io.millrace.verticles.app.bench.Level;
import io.millrace.verticles.app.bench.Target;
import io.millrace.verticles.app.bench.Watcher;
import io.millrace.verticles.app.config.CacheFolder;
import io.millrace.verticles.app.config.LogLevel;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Measures servers and prints what came out. */
@Command(
        name = "bench",
        description = {
            "Measures how fast servers, or a model in this program, stream tokens.",
            "Servers are Millrace's over QUIC, WebSocket or gRPC, or any that is OpenAI-compatible; with --in-process a model runs"
                    + " here, through batching and scheduler but no network.",
            "Several are measured in turn, round by round, with the same prompts; the table shows medians, and ratios to the"
                    + " first. Several URLs of one server want it started with --set limits.prefix-cache-tokens=0."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class BenchCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Main main;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "quic://, ws://, wss://, grpc://, grpcs://, http:// or https://; may be given more than once."
                    + " An http URL without a path means /v1, a ws URL without one /v1/stream.")
    private List<URI> urls = List.of();

    @Option(
            names = "--in-process",
            description = "Load a model here and measure it; the options of a node say which, where and how.")
    private boolean inProcess;

    @Mixin
    private NodeOptions options;

    @Mixin
    private BenchOptions load;

    @Option(names = "--chat", description = "Send prompts as a user's turn of a chat, not as plain text.")
    private boolean chat;

    @Option(
            names = "--ignore-eos",
            description =
                    "Generate past the model's end token, to exactly --max-tokens; an http server has to know ignore_eos.")
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
            description = "PEM certificates to trust for quic, wss and grpcs (default:"
                    + " the JDK's, on loopback this user's own self-signed one).")
    private Optional<Path> ca = Optional.empty();

    @Option(names = "--json", paramLabel = "FILE", description = "Write all rounds there, too.")
    private Optional<Path> json = Optional.empty();

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "Write a report with plots there, too: one file, for a browser.")
    private Optional<Path> html = Optional.empty();

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        Logging.level(LogLevel.WARN);
        if (urls.isEmpty() && !inProcess) {
            throw new ParameterException(spec.commandLine(), "--url or --in-process says what to measure");
        }
        List<BenchPlan> plans = load.plans();
        try (BenchTargets targets = new BenchTargets(plans, new Asking(options.model(), chat, ignoreEos))) {
            BenchReport report = new BenchReport(measure(plans, open(targets)));
            spec.commandLine().getOut().println(report.table());
            if (json.isPresent()) {
                Files.writeString(json.get(), report.json());
            }
            if (html.isPresent()) {
                Files.writeString(html.get(), report.html());
            }
            return report.failed() == 0 ? 0 : Main.FAILED;
        }
    }

    private SequencedMap<String, Target> open(BenchTargets targets)
            throws IOException, InterruptedException, ExecutionException {
        if (inProcess) {
            spec.commandLine()
                    .getOut()
                    .println(targets.addInProcess(options, spec.commandLine().getErr()));
            spec.commandLine().getOut().flush();
        }
        for (URI url : urls) {
            verbose(url + ": waiting for an answer");
            targets.add(url, client(url));
        }
        return targets.all();
    }

    private List<Level> measure(List<BenchPlan> plans, SequencedMap<String, Target> targets)
            throws InterruptedException {
        List<Level> levels = new ArrayList<>();
        for (BenchPlan plan : plans) {
            Benchmark benchmark = new Benchmark(plan, targets);
            try (ProgressLine line = new ProgressLine("bench", benchmark.answers(), "answers", 1)) {
                levels.add(benchmark.run(watcher(line)));
            }
        }
        return levels;
    }

    private Watcher watcher(ProgressLine line) {
        return new Watcher() {
            @Override
            public void answered() {
                line.step();
            }

            @Override
            public void begins(String what) {
                verbose(what);
            }

            @Override
            public void silent(String who) {
                note(who);
            }
        };
    }

    private void verbose(String note) {
        if (main.verbose()) {
            note(note);
        }
    }

    private void note(String note) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("bench: " + note);
        err.flush();
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
