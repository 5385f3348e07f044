package io.millrace.model.gguf;

import io.millrace.api.ModelManifest;
import java.util.List;

/** What a file says of its model, held against the tensors that are really there. */
public final class ManifestReader {
    /** Where one of these is above 0 the model computes something that no graph of ours does. */
    private static final List<String> UNSUPPORTED = List.of("expert_count");

    /** llama.cpp's default. */
    private static final double DEFAULT_ROPE_BASE = 10_000;

    private final GgufMetadata metadata;
    private final GgufFile file;
    private final Architecture architecture;
    private final String prefix;

    private ManifestReader(GgufFile file) throws GgufException {
        this.file = file;
        this.metadata = file.metadata();
        this.prefix = file.architecture() + ".";
        this.architecture = Architecture.named(file.architecture())
                .orElseThrow(() -> metadata.wrong(
                        "general.architecture",
                        "\"" + prefix.substring(0, prefix.length() - 1) + "\" is not supported, only "
                                + Architecture.names()));
    }

    /**
     * @param name what clients are to call the model
     * @throws GgufException where the model is none that Millrace runs, or the file contradicts itself
     */
    public static ModelManifest read(GgufFile file, String name) throws GgufException {
        ManifestReader reader = new ManifestReader(file);
        reader.refuseUnsupported();
        ModelManifest manifest = reader.manifest(name);
        TensorCheck.check(file, manifest);
        return manifest;
    }

    private void refuseUnsupported() throws GgufException {
        for (String key : UNSUPPORTED) {
            if (metadata.integer(key(key)).orElse(0) != 0) {
                throw metadata.wrong(key(key), "is not supported");
            }
        }
    }

    private ModelManifest manifest(String name) throws GgufException {
        int hidden = positive("embedding_length");
        int heads = positive("attention.head_count");
        int kvHeads = positive("attention.head_count_kv", heads);
        if (heads % kvHeads != 0) {
            String problem = heads + " query heads cannot share " + kvHeads + " key and value heads";
            throw metadata.wrong(key("attention.head_count"), problem);
        }
        int headDim = headDim(hidden, heads);
        int layers = positive("block_count");
        return new ModelManifest(
                name,
                layers,
                hidden,
                heads,
                kvHeads,
                headDim,
                positive("feed_forward_length"),
                vocabulary(),
                positive("context_length"),
                ropeBase(),
                epsilon(),
                architecture.ropeInterleaved(),
                !file.has("output.weight"),
                file.has("blk.0.attn_q.bias"),
                new TraitsReader(file, architecture, prefix).traits(layers, hidden, heads, headDim));
    }

    private int headDim(int hidden, int heads) throws GgufException {
        int headDim = positive("attention.key_length", Math.max(1, hidden / heads));
        for (String same : List.of("attention.value_length", "rope.dimension_count")) {
            if (positive(same, headDim) != headDim) {
                throw metadata.wrong(key(same), "differs from the head's width of " + headDim);
            }
        }
        if (headDim % 2 != 0) {
            throw GgufException.of("head width", headDim + " is odd, rotation needs pairs");
        }
        return headDim;
    }

    /** The embedding has the last word: {@code vocab_size} is optional. */
    private int vocabulary() throws GgufException {
        long rows = file.tensor("token_embd.weight").rows();
        if (rows > Integer.MAX_VALUE || positive("vocab_size", (int) rows) != rows) {
            throw GgufException.of("tensor token_embd.weight", rows + " rows are not the vocabulary's size");
        }
        return (int) rows;
    }

    private double ropeBase() throws GgufException {
        String key = key("rope.freq_base");
        double base = metadata.real(key).orElse(DEFAULT_ROPE_BASE);
        if (base <= 1) {
            throw metadata.wrong(key, "is " + base + ", not above 1");
        }
        return base;
    }

    private double epsilon() throws GgufException {
        String key = key("attention.layer_norm_rms_epsilon");
        double epsilon = metadata.real(key).orElseThrow(() -> GgufException.missing(key));
        if (epsilon <= 0 || epsilon >= 1) {
            throw metadata.wrong(key, "is " + epsilon + ", not between 0 and 1");
        }
        return epsilon;
    }

    private int positive(String key) throws GgufException {
        if (metadata.integer(key(key)).isEmpty()) {
            throw GgufException.missing(key(key));
        }
        return positive(key, 0);
    }

    private int positive(String key, int otherwise) throws GgufException {
        long value = metadata.integer(key(key)).orElse(otherwise);
        if (value < 1 || value > Integer.MAX_VALUE) {
            throw metadata.wrong(key(key), "is " + value + ", not 1 to " + Integer.MAX_VALUE);
        }
        return (int) value;
    }

    private String key(String name) {
        return prefix + name;
    }
}
