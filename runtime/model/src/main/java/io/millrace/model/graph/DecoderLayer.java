package io.millrace.model.graph;

import static io.millrace.model.onnx.OnnxGraph.MICROSOFT;
import static io.millrace.model.onnx.OnnxGraph.STANDARD;

import io.millrace.api.ModelManifest;
import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.OnnxGraph;
import java.util.List;
import java.util.Map;

/**
 * One decoder layer: norm, grouped-query attention over the cache with rotary embedding, norm, gated feed-forward.
 *
 * <p>Residual additions are fused into the norm that follows them, so what passes between layers is a {@link Stream}.
 */
final class DecoderLayer {
    private final ModelManifest model;
    private final WeightLayout weights;
    private final OnnxGraph graph;
    private final MatrixProduct products;
    private final GroupedAttention attention;

    /**
     * @param update   what the next norm adds to the residual; after {@link #norm} the normed values
     * @param residual the stream without {@code update}
     */
    record Stream(String update, String residual) {}

    DecoderLayer(ModelManifest model, WeightLayout weights, OnnxGraph graph) {
        this.model = model;
        this.weights = weights;
        this.graph = graph;
        this.products = new MatrixProduct(graph);
        this.attention = new GroupedAttention(model, weights, graph);
    }

    void declareAttentionInputs() {
        graph.input(DecoderPorts.LAST_POSITIONS, ElementType.INT32, "batch");
        graph.input(DecoderPorts.TOTAL_LENGTH, ElementType.INT32);
    }

    /** The first norm of a shard, which has nothing to add yet. */
    Stream enter(String hidden, String weight) {
        String normed = "entered.normed";
        RmsNorm.append(graph, hidden, weights.vector(weight), model.normEpsilon(), normed);
        return new Stream(normed, hidden);
    }

    /**
     * Appends layer {@code i}, whose input is normed already.
     *
     * @param last whether only the rows that need logits go on from this layer's attention
     * @return the stream, not yet normed
     */
    Stream append(int i, Stream in, boolean last) {
        String prefix = "layer" + i;
        String qkv = products.append(weights.matrix(prefix + ".qkv"), in.update(), prefix + ".qkv_out");
        String attended = attention.append(i, prefix, qkv);
        String residual = in.residual();
        if (last) {
            attended = rowsWithLogits(prefix + ".attended_rows", attended, model.heads() * model.headDim());
            residual = rowsWithLogits(prefix + ".residual_rows", residual, model.hidden());
        }
        String projected = products.append(weights.matrix(prefix + ".attention_out"), attended, prefix + ".projected");
        String update = postNorm(projected, prefix + ".post_attention_norm");
        Stream middle = norm(new Stream(update, residual), prefix + ".ffn_norm", prefix + ".middle");
        String fed = feedForward(prefix, middle.update());
        return new Stream(postNorm(fed, prefix + ".post_ffn_norm"), middle.residual());
    }

    private String postNorm(String x, String weight) {
        return model.traits().postNorms()
                ? RmsNorm.append(graph, x, weights.vector(weight), model.normEpsilon(), x + ".normed")
                : x;
    }

    /** Adds the update to the residual and norms the sum. */
    Stream norm(Stream in, String weight, String name) {
        String normed = name + ".normed";
        String sum = name + ".residual";
        graph.node(
                MICROSOFT,
                "SkipSimplifiedLayerNormalization",
                List.of(in.update(), in.residual(), graph.weight(weights.vector(weight))),
                List.of(normed, "", "", sum),
                Map.of("epsilon", epsilon()));
        return new Stream(normed, sum);
    }

    private String feedForward(String prefix, String x) {
        String both = products.append(weights.matrix(prefix + ".gate_up"), x, prefix + ".gate_up_out");
        String gate = prefix + ".gate";
        String up = prefix + ".up";
        String halves = graph.longs("halves", model.ffn(), model.ffn());
        graph.node(STANDARD, "Split", List.of(both, halves), List.of(gate, up), Map.of("axis", -1L));
        String gated = graph.apply(STANDARD, "Mul", prefix + ".gated", Map.of(), activated(gate), up);
        return products.append(weights.matrix(prefix + ".down"), turned(gated), prefix + ".update");
    }

    /** Block by block, where the matrix that follows expects it. */
    private String turned(String gated) {
        if (weights.basis().isEmpty()) {
            return gated;
        }
        int block = weights.basis().get().feedForward().size();
        String apart = graph.longs("feed_forward_blocks", 0, 0, -1, block);
        String blocks = graph.apply(STANDARD, "Reshape", gated + ".blocks", Map.of(), gated, apart);
        String turn = graph.weight(weights.vector(WeightLayout.FEED_FORWARD_TURN));
        String turned = graph.apply(STANDARD, "MatMul", gated + ".turned_blocks", Map.of(), blocks, turn);
        String together = graph.longs("feed_forward_whole", 0, 0, model.ffn());
        return graph.apply(STANDARD, "Reshape", gated + ".turned", Map.of(), turned, together);
    }

    private String activated(String gate) {
        String output = gate + ".activated";
        return switch (model.traits().activation()) {
            case SILU -> graph.apply(MICROSOFT, "QuickGelu", output, Map.of("alpha", 1f), gate);
            case GELU_TANH -> graph.apply(MICROSOFT, "FastGelu", output, Map.of(), gate);
        };
    }

    /** {@code [batch, sequence, n]} to {@code [1, rows, n]}. */
    private String rowsWithLogits(String output, String x, int width) {
        String shape = graph.longs("rows_of_" + width, 1, -1, width);
        String flat = graph.apply(STANDARD, "Reshape", output + ".flat", Map.of(), x, shape);
        return graph.apply(STANDARD, "Gather", output, Map.of("axis", 1L), flat, DecoderPorts.LOGIT_ROWS);
    }

    private float epsilon() {
        return (float) model.normEpsilon();
    }
}
