package io.millrace.verticles.app;

import io.millrace.api.Request;
import io.millrace.cluster.tier.Calibration;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.app.config.NodeConfig;
import io.millrace.verticles.stream.ServedModel.EncodedPrompt;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Finds how sure a light model must be of its first tokens, that a wanted share of requests stays at the edge. */
@Command(
        name = "calibrate",
        description = {
            "Finds the edge.min-log-prob that keeps a wanted share of prompts at the edge.",
            "Runs the prompts through the light model and prints it, with a table of other shares. Nothing is sent anywhere."
        },
        mixinStandardHelpOptions = true)
final class CalibrateCommand implements Callable<Integer> {
    private static final int ROWS = 10;

    @Spec
    private CommandSpec spec;

    @Mixin
    private NodeOptions options;

    @Option(
            names = "--prompts",
            paramLabel = "FILE",
            required = true,
            description = "Requests as the HTTP API takes them, a JSON object on each line.")
    private Path prompts;

    @Option(
            names = "--share-at-edge",
            paramLabel = "SHARE",
            description = "Of the prompts that are to stay, above 0 and up to 1 (default: ${DEFAULT-VALUE}).")
    private double share = 0.7;

    @Option(
            names = "--first-tokens",
            paramLabel = "N",
            description = "Tokens that decide (default: edge.first-tokens, 8).")
    private Optional<String> firstTokens = Optional.empty();

    @Override
    public Integer call() throws Exception {
        if (!(share > 0 && share <= 1)) {
            throw new ParameterException(spec.commandLine(), "--share-at-edge: " + share + " is not within 0 and 1");
        }
        NodeConfig config = options.load(
                firstTokens.map(count -> Map.of("edge.first-tokens", count)).orElseGet(Map::of));
        Logging.level(config.logLevel());
        Numa.place(config);
        List<Request> requests = PromptLines.read(prompts, config.limits());
        Path model = new ModelFiles(config, spec.commandLine().getErr()).locate();
        try (LocalReplica replica = new LocalReplica(config, model)) {
            print(new Calibration(means(replica, requests, config.edge().firstTokens())), config);
        }
        return 0;
    }

    private double[] means(LocalReplica replica, List<Request> requests, int tokens)
            throws IOException, ExecutionException, InterruptedException {
        double[] means = new double[requests.size()];
        try (ProgressLine line = new ProgressLine("calibrating", means.length, "prompts", 1)) {
            for (int i = 0; i < means.length; i++) {
                means[i] = Calibration.mean(Waiting.on(replica.firstTokens(encoded(replica, requests.get(i)), tokens)));
                line.to(i + 1L);
            }
        }
        return means;
    }

    private static SequenceSpec encoded(LocalReplica replica, Request request)
            throws IOException, ExecutionException, InterruptedException {
        return switch (Waiting.on(replica.encode(request))) {
            case EncodedPrompt.Encoded prompt -> prompt.spec();
            case EncodedPrompt.Refused refused ->
                throw new IOException(
                        "a prompt is refused: " + refused.rejection().message());
        };
    }

    private void print(Calibration calibration, NodeConfig config) {
        PrintWriter out = spec.commandLine().getOut();
        out.println("wanted share  min-log-prob  stays");
        for (int row = 1; row <= ROWS; row++) {
            double threshold = calibration.threshold(row / (double) ROWS);
            out.println(String.format(
                    Locale.ROOT,
                    "%11.0f%%  %12.4f  %4.0f%%",
                    100.0 * row / ROWS,
                    floored(threshold),
                    100 * calibration.share(floored(threshold))));
        }
        out.println(String.format(
                Locale.ROOT,
                "--set edge.policy=confidence --set edge.first-tokens=%d --set edge.min-log-prob=%.4f",
                config.edge().firstTokens(),
                floored(calibration.threshold(share))));
        out.flush();
    }

    /** As it is printed, and no more than it is: rounded up it would send the prompt away that it is to keep. */
    private static double floored(double threshold) {
        return Math.floor(threshold * 10_000) / 10_000;
    }
}
