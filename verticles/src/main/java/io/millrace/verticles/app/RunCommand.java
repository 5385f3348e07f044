package io.millrace.verticles.app;

import io.millrace.api.Message;
import io.millrace.api.Prompt;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import io.millrace.client.ClientOptions;
import io.millrace.client.ClientOptions.Trust;
import io.millrace.client.TokenClient;
import io.millrace.client.TokenClients;
import io.millrace.verticles.app.config.NodeConfig;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Asks one question of a node of its own, over QUIC as any client would. */
@Command(
        name = "run",
        description = "Starts a node on free ports, streams one answer over QUIC and ends.",
        mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
    /** Private to this process: what another node is configured with to be reached has no place here. */
    private static final Map<String, String> PRIVATE = Map.of(
            "host", "127.0.0.1",
            "http-port", "0",
            "quic-port", "0",
            "cluster.node-id", "",
            "edge.role", "none",
            "edge.center", "",
            "tls.certificate", "",
            "tls.key", "",
            "api-keys-file", "",
            "log-level", "warn");

    @Spec
    private CommandSpec spec;

    @Mixin
    private NodeOptions options;

    @Parameters(paramLabel = "PROMPT", description = "What to ask; - reads it from standard input.")
    private String prompt;

    @Option(names = "--system", paramLabel = "TEXT", description = "System message before the prompt.")
    private Optional<String> system = Optional.empty();

    @Option(names = "--temperature", paramLabel = "T", description = "0, the default, is greedy; at most 2.")
    private float temperature;

    @Option(names = "--max-tokens", paramLabel = "N", description = "Most tokens to generate (0: up to the context).")
    private int maxTokens;

    @Option(names = "--seed", paramLabel = "N", description = "Of the draws at a temperature above 0 (default: 0).")
    private long seed;

    @Override
    public Integer call() throws IOException, ExecutionException, InterruptedException {
        NodeConfig config = options.load(new LinkedHashMap<>(PRIVATE));
        Logging.level(config.logLevel());
        Numa.place(config);
        Request request = request();
        Path model = new ModelFiles(config, spec.commandLine().getErr()).locate();
        Node node = Waiting.on(Node.start(config, model));
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        URI server = URI.create("quic://localhost:" + node.quicPort());
        ClientOptions trusting = ClientOptions.DEFAULTS.withTrust(new Trust.Pem(node.certificatePem()));
        try (TokenClient client = TokenClients.connect(vertx, server, trusting)) {
            Answer answer = new Answer(spec.commandLine().getOut());
            answer.print(client.generate(request));
            spec.commandLine().getErr().println(answer.figures());
            return 0;
        }
    }

    private Request request() throws IOException {
        String asked =
                prompt.equals("-") ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8).strip() : prompt;
        List<Message> messages = new ArrayList<>();
        system.ifPresent(text -> messages.add(new Message("system", text)));
        messages.add(new Message("user", asked));
        SamplingParams sampling = new SamplingParams(temperature, 0, 1, 0, 1, 0, 0, seed);
        return new Request("", new Prompt.Chat(messages), sampling, maxTokens, List.of());
    }
}
