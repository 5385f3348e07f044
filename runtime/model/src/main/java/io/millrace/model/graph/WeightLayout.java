package io.millrace.model.graph;

import io.millrace.api.ModelManifest;
import io.millrace.model.gguf.GgmlType;
import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.ExternalTensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Where each tensor of some layers of a model lies in their weight file, and from which tensors of the checkpoint it is made. Follows
 * from the manifest and the tensors' types, so nothing of it is stored.
 */
public final class WeightLayout {
    /** Names of the tables of cosines and sines, without {@code _cos} and {@code _sin}. */
    static final String ROTARY = "rotary";

    static final String LOCAL_ROTARY = "local_rotary";

    /** The matrix that turns hidden states where they come in and goes back where they leave. */
    static final String HIDDEN_TURN = "hidden_turn";

    /** The matrix that turns what goes into a feed-forward network's last product. */
    static final String FEED_FORWARD_TURN = "feed_forward_turn";

    /** What is left of a norm whose weights are folded into the matrices behind it. */
    static final String ONES = "ones";

    private final ModelManifest model;
    private final Optional<DecoderBasis> basis;
    private final DecoderSources sources;
    private final RegionAllocator file = new RegionAllocator();
    private final MatrixFormats formats;
    private WeightMatrix.Table embedding;
    private final Map<String, WeightMatrix> matrices = new LinkedHashMap<>();
    private final Map<String, ExternalTensor> vectors = new LinkedHashMap<>();
    private final Map<String, String> vectorSources = new LinkedHashMap<>();

    private WeightLayout(ModelManifest model, Function<String, GgmlType> types, WeightPrecision precision) {
        this.model = model;
        this.basis = precision == WeightPrecision.W8A8 ? Optional.of(DecoderBasis.of(model)) : Optional.empty();
        this.sources = new DecoderSources(model, basis);
        this.formats = new MatrixFormats(precision, types, file);
    }

    /**
     * @param cut   the layers, and what goes with the first and the last of them
     * @param types of the checkpoint's tensors by name
     * @throws IllegalArgumentException where a width is not a multiple of the block size, or the precision not for the model
     */
    static WeightLayout of(
            ModelManifest model, ShardCut cut, Function<String, GgmlType> types, WeightPrecision precision) {
        WeightLayout layout = new WeightLayout(model, types, precision);
        layout.basis.ifPresent(layout::addTurns);
        if (cut.embeds() || cut.hasHead() && layout.headIsEmbedding()) {
            layout.addEmbedding();
        }
        for (int i = cut.first(); i < cut.end(); i++) {
            layout.addLayer(i);
        }
        if (cut.hasHead()) {
            layout.addHead();
        }
        layout.addRotary(ROTARY);
        if (model.traits().turnsLocally()) {
            layout.addRotary(LOCAL_ROTARY);
        }
        return layout;
    }

    /** A table cannot have both a norm's weights in it and none. */
    private boolean headIsEmbedding() {
        return model.tiedEmbedding() && basis.isEmpty();
    }

    private void addTurns(DecoderBasis turned) {
        addFloats(ONES, model.hidden());
        int block = turned.feedForward().size();
        addFloats(FEED_FORWARD_TURN, block, block);
        addFloats(HIDDEN_TURN, model.hidden(), model.hidden());
    }

    private void addEmbedding() {
        embedding = formats.ofTable(sources.embedding());
        add(embedding);
    }

    private void addLayer(int i) {
        String layer = "layer" + i;
        addHiddenNorm(attentionNorm(i), sources.norm(i, "attn_norm"));
        add(formats.ofLayer(sources.queryKeyValue(i)));
        if (model.traits().queryKeyNorm()) {
            addNorm(layer + ".query_norm", sources.norm(i, "attn_q_norm"), model.headDim());
            addNorm(layer + ".key_norm", sources.norm(i, "attn_k_norm"), model.headDim());
        }
        if (model.traits().postNorms()) {
            addNorm(layer + ".post_attention_norm", sources.norm(i, "post_attention_norm"), model.hidden());
            addNorm(layer + ".post_ffn_norm", sources.norm(i, "post_ffw_norm"), model.hidden());
        }
        add(formats.ofLayer(sources.attentionOut(i)));
        addHiddenNorm(layer + ".ffn_norm", sources.norm(i, "ffn_norm"));
        add(formats.ofLayer(sources.gateUp(i)));
        add(formats.ofLayer(sources.down(i)));
    }

    private void addHead() {
        addHiddenNorm("output_norm", sources.outputNorm());
        if (!headIsEmbedding()) {
            add(formats.ofHead(sources.head()));
        }
    }

    private void addRotary(String name) {
        addFloats(name + "_cos", RotaryTable.positions(model), model.headDim() / 2);
        addFloats(name + "_sin", RotaryTable.positions(model), model.headDim() / 2);
    }

    private void add(WeightMatrix matrix) {
        matrices.put(matrix.source().name(), matrix);
    }

    /** Of hidden states, whose weights are folded into what follows where the basis is another. */
    private void addHiddenNorm(String name, String source) {
        if (basis.isPresent()) {
            vectors.put(name, vectors.get(ONES));
        } else {
            addNorm(name, source, model.hidden());
        }
    }

    private void addNorm(String name, String source, int length) {
        addFloats(name, length);
        vectorSources.put(name, source);
    }

    private void addFloats(String name, long... shape) {
        vectors.put(name, file.region(name, ElementType.FLOAT32, shape));
    }

    static String attentionNorm(int layer) {
        return "layer" + layer + ".attention_norm";
    }

    /** Bytes of the whole file. */
    public long bytes() {
        return file.bytes();
    }

    /** Where the cut has it. */
    WeightMatrix.Table embedding() {
        return embedding;
    }

    /** Where the cut has it. */
    WeightMatrix head() {
        return headIsEmbedding() ? embedding : matrix("head");
    }

    WeightMatrix matrix(String name) {
        return matrices.get(name);
    }

    ExternalTensor vector(String name) {
        return vectors.get(name);
    }

    Optional<DecoderBasis> basis() {
        return basis;
    }

    Map<String, WeightMatrix> matrices() {
        return matrices;
    }

    /** Vectors copied from the checkpoint: our name to its tensor's. */
    Map<String, String> vectorSources() {
        return vectorSources;
    }
}
