package io.millrace.model.paged;

import static io.millrace.model.onnx.OnnxGraph.STANDARD;

import io.millrace.api.ModelManifest;
import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.OnnxGraph;
import java.util.Map;

/**
 * The ONNX model of one rank: (tokens or hidden states in) decoder layers (hidden states or logits out), for the packed
 * tokens of any mix of decode rows and prefill chunks. Weights are inputs: {@link RankWeights#tensors()} by name.
 *
 * <p>The cache is an input only, updated in place. Ports are those of {@link PagedPorts}.
 */
public final class PagedGraph {
    private final ModelManifest model;
    private final Rank rank;
    private final ElementType activations;
    private final RankLayout layout;
    private final OnnxGraph graph;
    private final PagedLayer layer;

    private PagedGraph(ModelManifest model, Rank rank, PagedPrecision precision, GraphDialect dialect) {
        this.model = model;
        this.rank = rank;
        this.activations = precision.activations();
        this.layout = RankLayout.of(model, rank, precision);
        this.graph = new OnnxGraph(model.name() + "-" + rank.stage() + "-" + rank.tpRank());
        this.layer = new PagedLayer(model, rank, precision, dialect, layout, graph);
    }

    /**
     * A serialized ONNX ModelProto.
     *
     * @throws IllegalArgumentException where the dialect has no operator for the precision, or a row is not made of
     *     whole blocks of the weights' format
     */
    public static byte[] build(ModelManifest model, Rank rank, PagedPrecision precision, GraphDialect dialect) {
        dialect.check(precision);
        return new PagedGraph(model, rank, precision, dialect).build();
    }

    private byte[] build() {
        String hidden = rank.layers().embeds() ? tokens() : hiddenStates();
        layer.declareSteps();
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
