package io.millrace.model.paged;

import static io.millrace.model.onnx.OnnxGraph.MICROSOFT;
import static io.millrace.model.onnx.OnnxGraph.MILLRACE;
import static io.millrace.model.onnx.OnnxGraph.STANDARD;

import io.millrace.api.ModelManifest;
import io.millrace.model.onnx.OnnxGraph;
import java.util.List;
import java.util.Map;

/**
 * One decoder layer of a rank: norm, paged attention with rotary embedding over the rank's heads, norm, gated feed-forward
 * over the rank's channels. What the ranks of a stage have in parts is added up after either.
 *
 * <p>Residual additions are fused into the norm that follows them, so what passes between layers is a {@link Stream}.
 */
final class PagedLayer {
    private final ModelManifest model;
    private final Rank rank;
    private final RankLayout layout;
    private final AttentionNodes attention;
    private final LinearNodes linear;
    private final OnnxGraph graph;

    /**
     * @param update   what the next norm adds to the residual; after {@link #norm} the normed values
     * @param residual the stream without {@code update}
     */
    record Stream(String update, String residual) {}

    PagedLayer(
            ModelManifest model,
            Rank rank,
            RankLayout layout,
            AttentionNodes attention,
            LinearNodes linear,
            OnnxGraph graph) {
        this.model = model;
        this.rank = rank;
        this.layout = layout;
        this.attention = attention;
        this.linear = linear;
        this.graph = graph;
    }

    /** The first norm of a stage, which has nothing to add yet. */
    Stream enter(String hidden, String weight) {
        Map<String, ?> attributes = Map.of("axis", -1L, "epsilon", epsilon(), "stash_type", 1L);
        String normed =
                graph.apply(STANDARD, "SimplifiedLayerNormalization", "entered.normed", attributes, hidden, weight);
        return new Stream(normed, hidden);
    }

    /** Adds the update to the residual and norms the sum. */
    Stream norm(Stream in, String weight, String name) {
        String normed = name + ".normed";
        String sum = name + ".residual";
        graph.node(
                MICROSOFT,
                "SkipSimplifiedLayerNormalization",
                List.of(in.update(), in.residual(), weight),
                List.of(normed, "", "", sum),
                Map.of("epsilon", epsilon()));
        return new Stream(normed, sum);
    }

    /**
     * Appends layer {@code i}, whose input is normed already.
     *
     * @param last whether only the rows that get logits go on from this layer's attention
     * @return the stream, not yet normed
     */
    Stream append(int i, Stream in, boolean last) {
        String attended = attention(i, in.update());
        String residual = in.residual();
        if (last) {
            attended = rowsWithLogits(RankLayout.layer(i, "attended_rows"), attended);
            residual = rowsWithLogits(RankLayout.layer(i, "residual_rows"), residual);
        }
        String projected = linear(i, "attention_out", attended);
        Stream middle = norm(
                new Stream(summed(i, "attention", projected), residual),
                RankLayout.layer(i, "ffn_norm"),
                RankLayout.layer(i, "middle"));
        return new Stream(feedForward(i, middle.update()), middle.residual());
    }

    /** {@code x} times the transposed matrix, plus its bias where it has one. */
    String linear(Matrix matrix, String x, String output) {
        return linear.append(matrix, x, output);
    }

    private String linear(int i, String matrix, String x) {
        String name = RankLayout.layer(i, matrix);
        return linear(layout.matrix(name), x, name + "_result");
    }

    private String attention(int i, String x) {
        return attention.append(i, linear(i, "qkv", x), RankLayout.layer(i, "attended"));
    }

    private String feedForward(int i, String x) {
        String gated = linear.gated(layout.matrix(RankLayout.layer(i, "gate_up")), x, RankLayout.layer(i, "gated"));
        return summed(i, "update", linear(i, "down", gated));
    }

    /** The sum over the ranks of a stage. */
    private String summed(int i, String name, String part) {
        return rank.tpSize() == 1
                ? part
                : graph.apply(MILLRACE, "AllReduce", RankLayout.layer(i, name + "_sum"), Map.of(), part);
    }

    private String rowsWithLogits(String output, String x) {
        return graph.apply(STANDARD, "Gather", output, Map.of("axis", 0L), x, PagedPorts.ROWS);
    }

    private float epsilon() {
        return (float) model.normEpsilon();
    }
}
