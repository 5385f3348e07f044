package io.millrace.verticles.app;

import io.millrace.verticles.app.config.CacheFolder;
import io.millrace.verticles.app.config.ConfigLoader;
import io.millrace.verticles.app.config.NodeConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The flags that change a node's configuration, for every command that starts one. */
final class NodeOptions {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Configuration file (default: $MILLRACE_CONFIG, else conf/millrace.yaml).")
    private Optional<Path> config = Optional.empty();

    @Option(names = "--model", paramLabel = "NAME|FILE", description = "A model of conf/models.yaml, or a GGUF file.")
    private Optional<String> model = Optional.empty();

    @Option(names = "--threads", paramLabel = "N", description = "Threads that compute a step (0: one per core).")
    private Optional<String> threads = Optional.empty();

    @Option(names = "--shards", paramLabel = "N", description = "Pipeline stages to cut the model into.")
    private Optional<String> shards = Optional.empty();

    @Option(names = "--device", paramLabel = "DEVICE", description = "Where the model runs: cpu or auto.")
    private Optional<String> device = Optional.empty();

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Any other setting, as --set limits.max-waiting=100; may be given more than once.")
    private Map<String, String> settings = new LinkedHashMap<>();

    /**
     * The checked configuration.
     *
     * @param flags the command's own settings by key; they win over all else
     */
    NodeConfig load(Map<String, String> flags) {
        Map<String, String> all = new LinkedHashMap<>(settings);
        model.ifPresent(value -> all.put("model", value));
        threads.ifPresent(value -> all.put("threads", value));
        shards.ifPresent(value -> all.put("shards", value));
        device.ifPresent(value -> all.put("device", value));
        all.putAll(flags);
        Path home = home();
        ConfigLoader loader = new ConfigLoader(NodeConfig.defaults(home, CacheFolder.ofUser()), Path.of(""));
        return loader.load(file(home), System.getenv(), all);
    }

    /** The folder of {@code conf}, as the launcher says. */
    static Path home() {
        return Path.of(System.getProperty("millrace.home", ""));
    }

    private Optional<Path> file(Path home) {
        Path shipped = home.resolve("conf/millrace.yaml");
        return config.or(() ->
                        Optional.ofNullable(System.getenv("MILLRACE_CONFIG")).map(Path::of))
                .or(() -> Optional.of(shipped).filter(Files::exists));
    }
}
