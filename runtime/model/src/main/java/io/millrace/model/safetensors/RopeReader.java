package io.millrace.model.safetensors;

import io.millrace.api.RopeScaling;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The rotary embedding's base and scaling: {@code rope_theta} and {@code rope_scaling}, or both in {@code rope_parameters}. */
final class RopeReader {
    private static final double DEFAULT_BASE = 10_000;

    private final JsonObject config;
    private final JsonObject scaling;
    private final int headDim;

    RopeReader(JsonObject config, int headDim) throws IOException {
        this.config = config;
        this.headDim = headDim;
        String key = config.member("rope_parameters").isPresent() ? "rope_parameters" : "rope_scaling";
        this.scaling = config.member(key).isPresent()
                ? config.object(key)
                : JsonObject.parse("rope_scaling", new byte[] {'{', '}'});
    }

    double base() throws IOException {
        double base =
                scaling.real("rope_theta").orElse(config.real("rope_theta").orElse(DEFAULT_BASE));
        if (!(base > 1)) {
            throw config.wrong("rope_theta", "is " + base + ", not above 1");
        }
        return base;
    }

    RopeScaling scaling() throws IOException {
        String type = scaling.text("rope_type").or(this::older).orElse("default");
        return switch (type) {
            case "default" -> {
                refuseOthers();
                yield RopeScaling.NONE;
            }
            case "linear" -> new RopeScaling(above("factor", 1), List.of());
            case "llama3" -> new RopeScaling(1, llama3());
            default ->
                throw scaling.wrong("rope_type", "\"" + type + "\" is not supported, only default, linear, llama3");
        };
    }

    private Optional<String> older() {
        return scaling.member("type").map(node -> node.asText());
    }

    /** A scaling without a type, or one for each kind of layers, would be passed over. */
    private void refuseOthers() throws IOException {
        for (String key : List.of("factor", "full_attention", "sliding_attention")) {
            if (scaling.member(key).isPresent()) {
                throw scaling.wrong(key, "is not supported without a rope_type of linear or llama3");
            }
        }
    }

    /**
     * Llama 3.1's: wavelengths up to {@code original / high} stay, those from {@code original / low} on are divided by
     * {@code factor}, between them it is blended.
     */
    private List<Double> llama3() throws IOException {
        double factor = above("factor", 1);
        double low = above("low_freq_factor", 0);
        double high = above("high_freq_factor", low);
        double original = above("original_max_position_embeddings", 0);
        List<Double> divisors = new ArrayList<>();
        for (int pair = 0; pair < headDim / 2; pair++) {
            double wavelength = 2 * Math.PI * Math.pow(base(), 2.0 * pair / headDim);
            double kept = Math.clamp((original / wavelength - low) / (high - low), 0, 1);
            divisors.add(1 / ((1 - kept) / factor + kept));
        }
        return divisors;
    }

    private double above(String key, double least) throws IOException {
        double value = scaling.real(key).orElseThrow(() -> scaling.wrong(key, "is missing"));
        if (!(value > least || value == 1 && least == 1)) {
            throw scaling.wrong(key, "is " + value + ", not above " + least);
        }
        return value;
    }
}
