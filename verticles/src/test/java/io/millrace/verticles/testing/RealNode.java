package io.millrace.verticles.testing;

import io.millrace.verticles.app.Node;
import io.millrace.verticles.app.config.ConfigLoader;
import io.millrace.verticles.app.config.NodeConfig;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Nodes with the real model, on free ports. */
public final class RealNode {
    private static final long START_SECONDS = 120;
    /** Kept between runs: deriving the model's weights takes seconds. */
    public static final Path CACHE = Path.of("target/real-node").toAbsolutePath();

    private RealNode() {}

    /** The model's file, without which the tests that need it fail. */
    public static Path model() {
        Path home = Path.of(System.getProperty("user.home"));
        Path usual = home.resolve(".cache/millrace/models/SmolLM2-135M-Instruct.Q4_1.gguf");
        Path path = Path.of(System.getProperty("millrace.model", usual.toString()));
        if (!Files.isRegularFile(path)) {
            throw new AssertionError(path + " is missing: ./millrace pull smollm2");
        }
        return path;
    }

    /** @param settings by key, as in {@code conf/millrace.yaml} */
    public static Node start(Map<String, String> settings) throws Exception {
        return await(Node.start(config(settings), model()));
    }

    public static NodeConfig config(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("http-port", "0");
        all.put("quic-port", "0");
        all.put("limits.max-batch", "4");
        return new ConfigLoader(NodeConfig.defaults(Path.of(".."), CACHE), Path.of(""))
                .load(Optional.empty(), Map.of(), all);
    }

    public static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
    }
}
