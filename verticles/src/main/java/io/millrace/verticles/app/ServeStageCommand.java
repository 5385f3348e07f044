package io.millrace.verticles.app;

import io.millrace.verticles.app.config.ConfigException;
import io.millrace.verticles.app.config.NodeConfig;
import io.millrace.verticles.app.models.FetchException;
import io.millrace.verticles.peer.stage.StagePlace;
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

/** Runs one stage of a model until a signal. */
@Command(
        name = "serve-stage",
        description = {
            "Computes some layers of a model for the node that has the first ones and the clients.",
            "That one runs: millrace serve --stages HOST:PORT,... with the nodes of stage 2 and on.",
            "Both need the same model file, limits no smaller than the head's, and certificates of one authority (cluster-keys)."
        },
        mixinStandardHelpOptions = true)
final class ServeStageCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(ServeStageCommand.class);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    @Spec
    private CommandSpec spec;

    @Mixin
    private NodeOptions options;

    @Mixin
    private KeyOptions keys;

    @Option(
            names = "--stage",
            paramLabel = "K/N",
            required = true,
            description = "Which stage of how many: 2/3 is the second of three. The first is the head's.")
    private String stage;

    @Option(names = "--host", paramLabel = "HOST", description = "Address to listen on (default: cluster.host).")
    private Optional<String> host = Optional.empty();

    @Option(names = "--port", paramLabel = "PORT", description = "TCP port to listen on (default: 7803).")
    private Optional<String> port = Optional.empty();

    @Override
    public Integer call() throws IOException, FetchException, ExecutionException, InterruptedException {
        StagePlace place = place();
        NodeConfig config = options.load(flags());
        requireKeys(config);
        if (config.replicas() != 1) {
            throw new ConfigException(
                    "replicas: " + config.replicas() + " are whole models; serve-stage has a part of one");
        }
        Logging.level(config.logLevel());
        Numa.place(config);
        PrintWriter out = spec.commandLine().getOut();
        Path model = new ModelFiles(config, spec.commandLine().getErr()).locate();
        StageNode node = Waiting.on(StageNode.start(config, model, place));
        // The JVM would report the signal, and not that all is well.
        Thread onSignal = new Thread(() -> Runtime.getRuntime().halt(ExitCode.OK), "stop");
        Runtime.getRuntime().addShutdownHook(onSignal);
        out.printf(
                "stage %s of %s at %s:%d%n",
                place, config.model(), config.cluster().host(), node.port());
        out.println(Ansi.AUTO.string("@|bold,green ready|@"));
        out.flush();
        return untilLost(node, onSignal);
    }

    private StagePlace place() {
        try {
            StagePlace place = StagePlace.parse(stage);
            if (place.index() == 0) {
                throw new ConfigException(
                        "--stage: " + stage + " is the head's: ./millrace serve --stages HOST:PORT,...");
            }
            return place;
        } catch (IllegalArgumentException e) {
            throw new ConfigException("--stage: " + e.getMessage());
        }
    }

    private Map<String, String> flags() {
        Map<String, String> flags = new LinkedHashMap<>(keys.flags());
        flags.put("stages.nodes", "");
        host.ifPresent(value -> flags.put("cluster.host", value));
        port.ifPresent(value -> flags.put("stages.port", value));
        return flags;
    }

    private static void requireKeys(NodeConfig config) {
        if (config.cluster().certificate().isEmpty()
                || config.cluster().key().isEmpty()
                || config.cluster().ca().isEmpty()) {
            throw new ConfigException("a stage shows a certificate to its head and wants one: --keys FOLDER/NODE, as"
                    + " ./millrace cluster-keys makes them");
        }
    }

    private static int untilLost(StageNode node, Thread onSignal) throws InterruptedException {
        try {
            Waiting.on(node.fatal());
        } catch (ExecutionException lost) {
            LOG.error("{}", Failure.words(lost));
        }
        try {
            // Or its exit code would win.
            Runtime.getRuntime().removeShutdownHook(onSignal);
            Waiting.atMost(CLOSE_PATIENCE, node.close());
        } catch (ExecutionException e) {
            LOG.warn("the node could not be closed: {}", Failure.words(e));
        } catch (IllegalStateException signalled) {
            LOG.info("a signal came first");
        }
        return Main.MODEL_LOST;
    }
}
