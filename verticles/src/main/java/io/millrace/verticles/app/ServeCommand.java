package io.millrace.verticles.app;

import io.millrace.verticles.app.config.NodeConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a node until a signal, then drains it. */
@Command(
        name = "serve",
        description = "Serves a model over QUIC, WebSocket, gRPC and HTTP until SIGINT or SIGTERM, then drains.",
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    @Spec
    private CommandSpec spec;

    @Mixin
    private NodeOptions options;

    @Option(names = "--host", paramLabel = "HOST", description = "Address to listen on (default: 127.0.0.1).")
    private Optional<String> host = Optional.empty();

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "TCP port of HTTP, WebSocket and gRPC (default: 8080).")
    private Optional<String> port = Optional.empty();

    @Option(names = "--quic-port", paramLabel = "PORT", description = "UDP port of QUIC (default: 4433).")
    private Optional<String> quicPort = Optional.empty();

    @Option(
            names = "--cluster",
            paramLabel = "FILE",
            description = "Join a cluster as the file says; see conf/cluster.yaml.")
    private Optional<Path> cluster = Optional.empty();

    @Option(
            names = "--stages",
            paramLabel = "HOST:PORT,...",
            description = {
                "Nodes of the model's later stages, in their order; this one has the first.",
                "Each runs: millrace serve-stage --stage K/N."
            })
    private Optional<String> stages = Optional.empty();

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            description = "edge: hands on to a center what its own model is not to answer; center: takes that.")
    private Optional<String> role = Optional.empty();

    @Option(
            names = "--center",
            paramLabel = "HOST:PORT",
            description = "Of an edge: where its center listens; see the section edge of conf/millrace.yaml.")
    private Optional<String> center = Optional.empty();

    @Mixin
    private KeyOptions keys;

    @Override
    public Integer call() throws IOException, ExecutionException, InterruptedException {
        NodeConfig config = options.load(cluster, flags());
        Logging.level(config.logLevel());
        Numa.place(config);
        PrintWriter out = spec.commandLine().getOut();
        config.settings().forEach((key, value) -> out.printf("%-34s %s%n", key, value));
        out.flush();
        Path model = new ModelFiles(config, spec.commandLine().getErr()).locate();
        Node node = Waiting.on(Node.start(config, model));
        Thread onSignal = new Thread(() -> drain(node), "drain");
        Runtime.getRuntime().addShutdownHook(onSignal);
        out.println(endpoints(config, node));
        node.centerAddress().ifPresent(address -> out.printf("%-34s %s%n", address, "edges, gRPC"));
        out.println(Ansi.AUTO.string("@|bold,green ready|@"));
        out.flush();
        return untilLost(node, onSignal);
    }

    private Map<String, String> flags() {
        Map<String, String> flags = new LinkedHashMap<>(keys.flags());
        stages.ifPresent(value -> flags.put("stages.nodes", value));
        host.ifPresent(value -> flags.put("host", value));
        port.ifPresent(value -> flags.put("http-port", value));
        quicPort.ifPresent(value -> flags.put("quic-port", value));
        role.ifPresent(value -> flags.put("edge.role", value));
        center.ifPresent(value -> flags.put("edge.center", value));
        return flags;
    }

    private static String endpoints(NodeConfig config, Node node) {
        String host = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
        String http = host + ":" + node.httpPort();
        return String.format("%-34s %s%n", "http://" + http + "/v1", "OpenAI-compatible API")
                + String.format("%-34s %s%n", "ws://" + http + "/v1/stream", "WebSocket")
                + String.format("%-34s %s%n", "grpc://" + http, "gRPC, service millrace.v1.Streams")
                + String.format("%-34s %s", "quic://" + host + ":" + node.quicPort(), "QUIC, ALPN millrace/1");
    }

    /** Returns only where the model is lost; a signal ends the process in its own hook. */
    private int untilLost(Node node, Thread onSignal) throws InterruptedException {
        try {
            Waiting.on(node.fatal());
            return ExitCode.OK;
        } catch (ExecutionException lost) {
            LOG.error("{}", Failure.words(lost));
        }
        try {
            // Or its exit code would win: 0, after which no supervisor starts the node anew.
            Runtime.getRuntime().removeShutdownHook(onSignal);
        } catch (IllegalStateException signalled) {
            LOG.info("a signal came first");
        }
        leave(node);
        return Main.MODEL_LOST;
    }

    /** The streams have ended; their clients are to hear of it. A broken device may keep its worker from closing. */
    private static void leave(Node node) throws InterruptedException {
        try {
            Waiting.on(node.drain());
            Waiting.atMost(CLOSE_PATIENCE, node.close());
        } catch (ExecutionException e) {
            LOG.warn("the node could not be closed: {}", Failure.words(e));
        }
    }

    /**
     * Runs in the shutdown hook. It prints, because java.util.logging closes itself in a hook of its own at the same time;
     * and it halts, because the JVM would report the signal and not that all went well.
     */
    private void drain(Node node) {
        PrintWriter err = spec.commandLine().getErr();
        try {
            err.println("draining: no new requests are taken, running streams finish");
            err.flush();
            boolean all = Waiting.on(node.drain());
            Waiting.on(node.close());
            err.println(all ? "drained" : "drained; limits.drain-timeout ended some streams");
            err.flush();
            Runtime.getRuntime().halt(ExitCode.OK);
        } catch (ExecutionException | InterruptedException e) {
            err.println("millrace: the node could not be drained: " + Failure.words(e));
            err.flush();
        }
    }
}
