package io.millrace.verticles.app.config;

import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads a {@link NodeConfig}: defaults, then the file, then the file of the cluster, then the environment, then flags; the later wins. */
public final class ConfigLoader {
    private static final String PREFIX = "MILLRACE_";
    /** For the launcher, for finding files and for bench; no settings of a node. */
    private static final Set<String> RESERVED = Set.of(
            "MILLRACE_HOME",
            "MILLRACE_CONFIG",
            "MILLRACE_BUILD",
            "MILLRACE_JAVA_OPTS",
            "MILLRACE_CLASS_PATH",
            "MILLRACE_API_KEY",
            "MILLRACE_CUDA_LIBS");

    /** Kubernetes sets these for every service whose name begins with "millrace". */
    private static final Pattern SERVICE_LINK =
            Pattern.compile("MILLRACE_.*(SERVICE_(HOST|PORT.*)|PORT(_\\d+_(TCP|UDP).*)?)");

    private final NodeConfig defaults;
    private final Set<String> known;
    private final Path workingDir;

    /** @param workingDir what relative paths in flags and the environment are relative to */
    public ConfigLoader(NodeConfig defaults, Path workingDir) {
        this.defaults = defaults;
        this.known = defaults.settings().keySet();
        this.workingDir = workingDir;
    }

    /**
     * @param file        YAML, as {@code conf/millrace.yaml}
     * @param environment of the process
     * @param flags       settings by key, as {@code limits.max-batch}
     * @throws ConfigException naming key, value, origin and limit
     */
    public NodeConfig load(Optional<Path> file, Map<String, String> environment, Map<String, String> flags) {
        return load(file, Optional.empty(), environment, flags);
    }

    /** @param cluster YAML, as {@code conf/cluster.yaml}: the section {@code cluster} in a file of its own */
    public NodeConfig load(
            Optional<Path> file, Optional<Path> cluster, Map<String, String> environment, Map<String, String> flags) {
        Map<String, Setting> settings = new HashMap<>();
        file.ifPresent(path -> flatten("", PlainYaml.read(path), path, settings));
        cluster.ifPresent(path -> flatten("cluster", PlainYaml.read(path), path, settings));
        settings.putAll(fromEnvironment(environment));
        flags.forEach((key, value) -> settings.put(key, new Setting(value, "command line", workingDir)));
        settings.forEach((key, setting) -> requireKnown(key, known, setting.origin()));
        deriveBlocks(settings);
        deriveChunk(settings);
        return ConfigCheck.checked(RecordBinder.bind(defaults, settings));
    }

    private static void flatten(String key, Object node, Path file, Map<String, Setting> settings) {
        if (node instanceof Map<?, ?> section) {
            String prefix = key.isEmpty() ? "" : key + ".";
            section.forEach((name, value) -> flatten(prefix + name, value, file, settings));
        } else if (node instanceof String text) {
            Path base = file.toAbsolutePath().getParent();
            settings.put(key, new Setting(text, file.toString(), base));
        } else {
            throw new ConfigException(key + " holds a list; a value or a section belongs there (" + file + ")");
        }
    }

    private Map<String, Setting> fromEnvironment(Map<String, String> environment) {
        Map<String, String> keyOf = new HashMap<>();
        known.forEach(key -> keyOf.put(variable(key), key));
        Map<String, Setting> settings = new HashMap<>();
        environment.forEach((name, value) -> {
            if (keyOf.containsKey(name)) {
                settings.put(keyOf.get(name), new Setting(value, name, workingDir));
            } else if (name.startsWith(PREFIX)
                    && !RESERVED.contains(name)
                    && !SERVICE_LINK.matcher(name).matches()) {
                requireKnown(name, keyOf.keySet(), "environment");
            }
        });
        return settings;
    }

    private static void requireKnown(String name, Collection<String> known, String origin) {
        if (!known.contains(name)) {
            throw new ConfigException(
                    "unknown setting " + name + " (" + origin + "); " + NearestName.hint(name, known));
        }
    }

    /** Where nobody sets the pool's size it follows what it is for: every sequence of a batch at full length. */
    private void deriveBlocks(Map<String, Setting> settings) {
        if (!settings.containsKey("limits.kv-blocks")) {
            var limits = RecordBinder.bind(defaults, settings).limits();
            long blocks =
                    (long) limits.maxBatch() * Math.ceilDiv(limits.contextTokens(), Math.max(1, limits.blockTokens()));
            settings.put("limits.kv-blocks", new Setting(Long.toString(blocks), "limits.max-batch", workingDir));
        }
    }

    /** Where nobody sets a chunk it is no longer than a step, which somebody may have set to less. */
    private void deriveChunk(Map<String, Setting> settings) {
        if (!settings.containsKey("limits.prefill-chunk")) {
            var limits = RecordBinder.bind(defaults, settings).limits();
            int chunk = Math.min(limits.prefillChunk(), Math.max(1, limits.tokenBudget()));
            settings.put(
                    "limits.prefill-chunk", new Setting(Integer.toString(chunk), "limits.token-budget", workingDir));
        }
    }

    /** {@code limits.max-batch} is {@code MILLRACE_LIMITS_MAX_BATCH}. */
    static String variable(String key) {
        return PREFIX + key.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
    }
}
