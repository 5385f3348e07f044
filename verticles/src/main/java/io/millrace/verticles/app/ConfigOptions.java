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

/** Where a command's configuration comes from: all that one needs which finds models and runs none. */
final class ConfigOptions {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Configuration file (default: $MILLRACE_CONFIG, else conf/millrace.yaml).")
    private Optional<Path> config = Optional.empty();

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Any other setting, as --set limits.max-waiting=100; may be given more than once.")
    private Map<String, String> settings = new LinkedHashMap<>();

    /**
     * The checked configuration.
     *
     * @param cluster the file of {@code --cluster}
     * @param flags   the command's own settings by key; they win over all else
     */
    NodeConfig load(Optional<Path> cluster, Map<String, String> flags) {
        Map<String, String> all = new LinkedHashMap<>(settings);
        all.putAll(flags);
        Path home = home();
        ConfigLoader loader = new ConfigLoader(NodeConfig.defaults(home, CacheFolder.ofUser()), Path.of(""));
        return loader.load(file(home), cluster, System.getenv(), all);
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
