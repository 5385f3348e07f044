package io.millrace.model.gguf;

import io.millrace.api.DecoderTraits;
import io.millrace.api.LocalAttention;
import io.millrace.api.RopeScaling;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** What a file says of the ways in which its model departs from a plain Llama. */
final class TraitsReader {
    /** Divisors of the rotary frequencies: how GGUF holds Llama 3's scaling. */
    static final String ROPE_DIVISORS = "rope_freqs.weight";

    private static final String QUERY_NORM = "blk.0.attn_q_norm.weight";

    /** llama.cpp's: Gemma 3 has a base of its own in local layers, and older files do not name it. */
    private static final double GEMMA3_LOCAL_ROPE_BASE = 10_000;

    /** Gemma 3 of 27B: the only one whose scores are not scaled by the head's width. */
    private static final int GEMMA3_27B_LAYERS = 62;

    /** Gemma 2 of 27B, likewise. */
    private static final int GEMMA2_27B_LAYERS = 46;

    private final GgufFile file;
    private final GgufMetadata metadata;
    private final Architecture architecture;
    private final String prefix;

    /** @param prefix of the keys that belong to the architecture */
    TraitsReader(GgufFile file, Architecture architecture, String prefix) {
        this.file = file;
        this.metadata = file.metadata();
        this.architecture = architecture;
        this.prefix = prefix;
    }

    DecoderTraits traits(int layers, int hidden, int heads, int headDim) throws GgufException {
        if (file.has(QUERY_NORM) && architecture.ropeInterleaved()) {
            throw GgufException.of("tensor " + QUERY_NORM, "is not supported where Q is ordered for rotation of pairs");
        }
        return new DecoderTraits(
                file.has(QUERY_NORM),
                file.has("blk.0.post_attention_norm.weight"),
                architecture.activation(),
                architecture.embeddingScale(hidden),
                attentionScale(layers, hidden, heads),
                cap("attn_logit_softcapping"),
                cap("final_logit_softcapping"),
                new RopeScaling(scalingFactor(), divisors(headDim)),
                local(layers));
    }

    private double attentionScale(int layers, int hidden, int heads) {
        boolean byWidth = architecture == Architecture.GEMMA3 && layers == GEMMA3_27B_LAYERS
                || architecture == Architecture.GEMMA2 && layers == GEMMA2_27B_LAYERS;
        return byWidth ? 1 / Math.sqrt((double) hidden / heads) : 0;
    }

    private double cap(String name) throws GgufException {
        double cap = metadata.real(prefix + name).orElse(0);
        if (cap < 0) {
            throw metadata.wrong(prefix + name, "is " + cap + ", below 0");
        }
        return cap;
    }

    private double scalingFactor() throws GgufException {
        String type = metadata.string(prefix + "rope.scaling.type").orElse("none");
        String key = prefix + "rope.scaling.factor";
        return switch (type) {
            case "none" -> 1;
            case "linear" -> {
                double factor = metadata.real(key).orElseThrow(() -> GgufException.missing(key));
                if (factor < 1) {
                    throw metadata.wrong(key, "is " + factor + ", below 1");
                }
                yield factor;
            }
            default ->
                throw metadata.wrong(
                        prefix + "rope.scaling.type", "\"" + type + "\" is not supported, only none and linear");
        };
    }

    private List<Double> divisors(int headDim) throws GgufException {
        if (!file.has(ROPE_DIVISORS)) {
            return List.of();
        }
        GgufTensor tensor = file.tensor(ROPE_DIVISORS);
        if (tensor.rows() != 1 || tensor.columns() != headDim / 2) {
            throw GgufException.of("tensor " + ROPE_DIVISORS, "is " + tensor + ", not one divisor for each pair");
        }
        List<Double> divisors = new ArrayList<>();
        for (float divisor : Dequantizer.all(tensor)) {
            if (!(divisor > 0)) {
                throw GgufException.of("tensor " + ROPE_DIVISORS, "has " + divisor + ", not above 0");
            }
            divisors.add((double) divisor);
        }
        return divisors;
    }

    private Optional<LocalAttention> local(int layers) throws GgufException {
        String key = prefix + "attention.sliding_window";
        long window = metadata.integer(key).orElse(0);
        if (window < 0 || window > Integer.MAX_VALUE) {
            throw metadata.wrong(key, "is " + window + ", not 0 to " + Integer.MAX_VALUE);
        }
        if (window == 0) {
            return Optional.empty();
        }
        int atMost = Math.min(layers, file.tensors().size()); // what the file says of its layers is not yet checked
        Set<Integer> local = LocalAttention.allBut(period(), atMost);
        return Optional.of(new LocalAttention((int) window, localRopeBase(), local));
    }

    private int period() throws GgufException {
        String key = prefix + "attention.sliding_window_pattern";
        long period = metadata.integer(key).orElse(architecture.globalPeriod());
        if (period < 0 || period > Integer.MAX_VALUE) {
            throw metadata.wrong(key, "is " + period + ", not 0 to " + Integer.MAX_VALUE);
        }
        return (int) period;
    }

    private OptionalDouble localRopeBase() throws GgufException {
        String key = prefix + "rope.freq_base_swa";
        OptionalDouble base = metadata.real(key);
        if (base.isPresent() && base.getAsDouble() <= 1) {
            throw metadata.wrong(key, "is " + base.getAsDouble() + ", not above 1");
        }
        boolean usual = base.isEmpty() && architecture == Architecture.GEMMA3;
        return usual ? OptionalDouble.of(GEMMA3_LOCAL_ROPE_BASE) : base;
    }
}
