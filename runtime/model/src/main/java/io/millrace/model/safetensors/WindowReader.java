package io.millrace.model.safetensors;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.api.LocalAttention;
import io.millrace.model.gguf.Architecture;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** Which layers see the last positions only. */
final class WindowReader {
    private static final double GEMMA3_LOCAL_ROPE_BASE = 10_000;

    private final JsonObject config;
    private final Architecture family;

    WindowReader(JsonObject config, Architecture family) {
        this.config = config;
        this.family = family;
    }

    Optional<LocalAttention> local(int layers) throws IOException {
        boolean qwen = family == Architecture.QWEN2 || family == Architecture.QWEN3;
        if (qwen && config.bool("use_sliding_window").orElse(false)) {
            throw config.wrong("use_sliding_window", "is true, which is not supported");
        }
        if (qwen || config.member("sliding_window").isEmpty()) {
            return Optional.empty();
        }
        int window = config.positive("sliding_window");
        Set<Integer> local = config.member("layer_types").isPresent()
                ? named(config.required("layer_types"), layers)
                : LocalAttention.allBut(config.positive("sliding_window_pattern", family.globalPeriod()), layers);
        return Optional.of(new LocalAttention(window, ropeBase(), local));
    }

    private Set<Integer> named(JsonNode types, int layers) throws IOException {
        Set<Integer> local = new HashSet<>();
        for (int i = 0; i < Math.min(layers, types.size()); i++) {
            switch (types.get(i).asText()) {
                case "sliding_attention" -> local.add(i);
                case "full_attention" -> {}
                default ->
                    throw config.wrong(
                            "layer_types",
                            "has \"" + types.get(i).asText() + "\", supported are full_attention, sliding_attention");
            }
        }
        return local;
    }

    private OptionalDouble ropeBase() throws IOException {
        if (family != Architecture.GEMMA3) {
            return OptionalDouble.empty();
        }
        double base = config.real("rope_local_base_freq").orElse(GEMMA3_LOCAL_ROPE_BASE);
        if (!(base > 1)) {
            throw config.wrong("rope_local_base_freq", "is " + base + ", not above 1");
        }
        return OptionalDouble.of(base);
    }
}
