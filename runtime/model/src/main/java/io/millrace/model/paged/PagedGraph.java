package io.millrace.model.paged;

import static io.millrace.model.onnx.OnnxGraph.STANDARD;

import io.millrace.api.ModelManifest;
import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.OnnxGraph;
import java.util.Map;
import java.util.Set;

/**
 * The ONNX model of one rank: (tokens or hidden states in) decoder layers (hidden states or logits out), for the packed
 * tokens of any mix of decode rows and prefill chunks. Weights are inputs: {@link RankWeights#tensors()} by name.
 *
 * <p>The cache is an input only, updated in place. Ports are those of {@link PagedPorts}.
 */
public final class PagedGraph {
    /** Of {@code millrace.PagedDecode}. */
    private static final Set<Integer> DECODED_HEAD_DIMS = Set.of(64, 128);

    /** Query heads that share a key-value head, in {@code millrace.PagedDecode}. */
    private static final int MOST_DECODED_GROUP = 16;

    private final ModelManifest model;
    private final Rank rank;
    private final ElementType activations;
    private final RankLayout layout;
    private final OnnxGraph graph;
    private final AttentionNodes attention;
    private final PagedLayer layer;

    private PagedGraph(ModelManifest model, Rank rank, PagedPrecision precision, GraphDialect dialect, StepKind kind) {
        this.model = model;
        this.rank = rank;
        this.activations = precision.activations();
        this.layout = RankLayout.of(model, rank, precision);
        this.graph = new OnnxGraph(model.name() + "-" + rank.stage() + "-" + rank.tpRank());
        this.attention = new AttentionNodes(model, rank, precision, dialect, kind, graph);
        this.layer = new PagedLayer(model, rank, layout, attention, new LinearNodes(dialect, graph), graph);
    }

    /**
     * A serialized ONNX ModelProto.
     *
     * @throws IllegalArgumentException where the dialect has no operator for the precision or the kind of step, or a row
     *     is not made of whole blocks of the weights' format
     */
    public static byte[] build(
            ModelManifest model, Rank rank, PagedPrecision precision, GraphDialect dialect, StepKind kind) {
        dialect.check(precision);
        if (kind == StepKind.DECODE && !decodesApart(model, precision, dialect)) {
            throw new IllegalArgumentException("no operator attends for " + kind + " alone");
        }
        return new PagedGraph(model, rank, precision, dialect, kind).build();
    }

    /** Whether there is a graph for {@link StepKind#DECODE}, which is faster for such steps than that for any. */
    public static boolean decodesApart(ModelManifest model, PagedPrecision precision, GraphDialect dialect) {
        return dialect.ownKernels()
                && !precision.scaledCache()
                && DECODED_HEAD_DIMS.contains(model.headDim())
                && model.heads() / model.kvHeads() <= MOST_DECODED_GROUP;
    }

    private byte[] build() {
        String hidden = rank.layers().embeds() ? tokens() : hiddenStates();
        attention.declareSteps();
        if (rank.layers().hasHead()) {
            graph.input(PagedPorts.ROWS, ElementType.INT64, "R");
        }
        layout.weights()
                .keySet()
                .forEach(weight ->
                        graph.input(weight.name(), weight.type(), weight.shape().toArray()));
        int first = rank.layers().first();
        String entered = rank.layers().embeds() ? embedded() : hidden;
        PagedLayer.Stream stream = layer.enter(entered, RankLayout.layer(first, "attention_norm"));
        for (int i = first; i < rank.layers().end(); i++) {
            if (i > first) {
                stream = layer.norm(stream, RankLayout.layer(i, "attention_norm"), RankLayout.layer(i, "entered"));
            }
            stream = layer.append(i, stream, i == model.layers() - 1);
        }
        finish(stream);
        return graph.toModel().toByteArray();
    }

    private String tokens() {
        return graph.input(PagedPorts.TOKENS, ElementType.INT32, "T");
    }

    private String hiddenStates() {
        return graph.input(PagedPorts.HIDDEN_IN, activations, "T", model.hidden());
    }

    private String embedded() {
        return graph.apply(STANDARD, "Gather", "embedded", Map.of("axis", 0L), RankLayout.EMBEDDING, PagedPorts.TOKENS);
    }

    private void finish(PagedLayer.Stream stream) {
        if (rank.layers().hasHead()) {
            graph.output(PagedPorts.LOGITS, activations, "R", model.vocabulary());
            String normed = layer.norm(stream, RankLayout.OUTPUT_NORM, "final").update();
            layer.linear(layout.head(), normed, PagedPorts.LOGITS);
        } else {
            graph.output(PagedPorts.HIDDEN_OUT, activations, "T", model.hidden());
            graph.apply(STANDARD, "Add", PagedPorts.HIDDEN_OUT, Map.of(), stream.update(), stream.residual());
        }
    }
}
