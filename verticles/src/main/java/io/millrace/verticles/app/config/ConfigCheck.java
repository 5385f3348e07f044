package io.millrace.verticles.app.config;

import io.millrace.api.Limits;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The ranges of all settings and what must hold between them. */
final class ConfigCheck {
    private record Range(String key, long least, long most) {}

    /** Durations in milliseconds. Upper ends keep sums and products of the program within int. */
    private static final Map<String, Range> RANGES = Stream.of(
                    new Range("http-port", 0, 65_535),
                    new Range("quic-port", 0, 65_535),
                    new Range("replicas", 1, 64),
                    new Range("shards", 1, 256),
                    new Range("tensor-parallel", 0, 64),
                    new Range("threads", 0, 1024),
                    new Range("event-loops", 0, 1024),
                    new Range("tuning.gap-target", 1, 60_000),
                    new Range("stages.port", 0, 65_535),
                    new Range("cluster.membership-port", 1, 65_535),
                    new Range("cluster.bus-port", 0, 65_535),
                    new Range("cluster.peer-port", 0, 65_535),
                    new Range("cluster.hint-interval", 10, 60_000),
                    new Range("cluster.hint-ttl", 100, 600_000),
                    new Range("cluster.max-nodes", 2, 1 << 16),
                    new Range("cluster.token-window", 1, 1 << 16),
                    new Range("edge.port", 0, 65_535),
                    new Range("edge.max-prompt-tokens", 0, 1 << 20),
                    new Range("edge.max-answer-tokens", 0, 1 << 20),
                    new Range("edge.max-turns", 0, 1 << 20),
                    new Range("edge.first-tokens", 1, 1024),
                    new Range("edge.probe-interval", 100, 60_000),
                    new Range("edge.probe-timeout", 100, 60_000),
                    new Range("edge.center-timeout", 100, 3_600_000),
                    new Range("edge.token-window", 1, 1 << 16),
                    new Range("limits.max-batch", 1, 4096),
                    new Range("limits.token-budget", 1, 1 << 20),
                    new Range("limits.prefill-chunk", 1, 1 << 20),
                    new Range("limits.context-tokens", 16, 1 << 20),
                    new Range("limits.block-tokens", 1, 4096),
                    new Range("limits.kv-blocks", 1, 1 << 24),
                    new Range("limits.prefix-cache-tokens", 0, 1 << 26),
                    new Range("limits.steps-in-flight", 1, 8),
                    new Range("limits.draft-tokens", 0, 64),
                    new Range("limits.draft-sequences", 1, 64),
                    new Range("limits.step-retries", 0, 1000),
                    new Range("limits.max-waiting", 1, 1 << 20),
                    new Range("limits.max-waiting-tokens", 1, 1 << 30),
                    new Range("limits.mailbox", 16, 1 << 20),
                    new Range("limits.output-buffer-bytes", 1024, 1 << 26),
                    new Range("limits.replay-events", 1, 1 << 20),
                    new Range("limits.events-per-frame", 1, 1 << 16),
                    new Range("limits.stall-timeout", 100, 3_600_000),
                    new Range("limits.replay-window", 0, 3_600_000),
                    new Range("limits.max-detached-streams", 0, 1 << 20),
                    new Range("limits.max-streams", 1, 1 << 20),
                    new Range("limits.max-streams-per-connection", 1, 1 << 16),
                    new Range("limits.max-resets-per-connection", 1, 1 << 20),
                    new Range("limits.max-connections", 1, 1 << 20),
                    new Range("limits.max-frame-bytes", 1024, 1 << 28),
                    new Range("limits.max-stop-strings", 0, 1024),
                    new Range("limits.max-stop-length", 1, 1 << 16),
                    new Range("limits.max-messages", 1, 1 << 20),
                    new Range("limits.max-tools", 0, 1 << 16),
                    new Range("limits.max-tool-call-length", 64, 1 << 20),
                    new Range("limits.max-template-output", 1024, 1 << 28),
                    new Range("limits.template-timeout", 10, 60_000),
                    new Range("limits.idle-timeout", 1000, 86_400_000),
                    new Range("limits.stage-timeout", 100, 3_600_000),
                    new Range("limits.drain-timeout", 0, 3_600_000))
            .collect(Collectors.toUnmodifiableMap(Range::key, Function.identity()));

    private ConfigCheck() {}

    /** @throws ConfigException for the first rule that does not hold */
    static NodeConfig checked(NodeConfig config) {
        config.settings().forEach(ConfigCheck::inRange);
        DeviceCheck.check(config);
        if (!config.numa().matches("off|auto|\\d{1,4}")) {
            throw new ConfigException("numa: \"" + config.numa() + "\" is neither off, auto nor the number of a node");
        }
        limitsFit(config.limits());
        ClusterCheck.check(config.cluster());
        StagesCheck.check(config);
        EdgeCheck.check(config.edge());
        if (config.tls().certificate().isPresent() != config.tls().key().isPresent()) {
            throw new ConfigException("tls.certificate and tls.key go together: set both, or none");
        }
        if (config.apiKeysFile().isEmpty() && !loopback(config.host())) {
            throw new ConfigException("host: \"" + config.host() + "\" can be reached from other machines and no"
                    + " api-keys-file is set; set one, or listen on 127.0.0.1");
        }
        return config;
    }

    private static void inRange(String key, String text) {
        Range range = RANGES.get(key);
        if (range == null) {
            return;
        }
        boolean duration = text.endsWith("s");
        long value = duration
                ? Units.duration(text).toMillis()
                : key.endsWith("-bytes") ? Units.bytes(text) : Units.integer(text);
        if (value < range.least || value > range.most) {
            String unit = duration ? "ms" : "";
            throw new ConfigException(
                    key + ": " + text + " is not within " + range.least + unit + " and " + range.most + unit);
        }
    }

    private static void limitsFit(Limits limits) {
        noMore("limits.prefill-chunk", limits.prefillChunk(), "limits.token-budget", limits.tokenBudget());
        noMore("limits.max-batch", limits.maxBatch(), "limits.token-budget", limits.tokenBudget());
        noMore("limits.block-tokens", limits.blockTokens(), "limits.context-tokens", limits.contextTokens());
        noMore("limits.max-detached-streams", limits.maxDetachedStreams(), "limits.max-streams", limits.maxStreams());
        int blocksOfOne = Math.ceilDiv(limits.contextTokens(), limits.blockTokens());
        if (limits.kvBlocks() < blocksOfOne) {
            throw new ConfigException("limits.kv-blocks: " + limits.kvBlocks() + " is too few for one sequence of"
                    + " limits.context-tokens: at least " + blocksOfOne);
        }
    }

    private static void noMore(String key, int value, String otherKey, int other) {
        if (value > other) {
            throw new ConfigException(key + ": " + value + " is more than " + otherKey + ": " + other);
        }
    }

    private static boolean loopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new ConfigException("host: \"" + host + "\" is no address or name of this machine");
        }
    }
}
