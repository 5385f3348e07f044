package io.millrace.model.graph;

import static io.millrace.model.onnx.OnnxGraph.MICROSOFT;
import static io.millrace.model.onnx.OnnxGraph.STANDARD;

import com.google.protobuf.ByteString;
import io.millrace.api.ModelManifest;
import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.OnnxGraph;
import java.util.Map;

/**
 * The ONNX model of one shard: (embedding or hidden states in) decoder layers (hidden states or logits out).
 *
 * <p>One graph serves decode rows {@code [batch, 1]} and prefill chunks {@code [1, sequence]}.
 */
public final class ShardGraph {
    private final ModelManifest model;
    private final ShardCut cut;
    private final WeightLayout weights;
    private final OnnxGraph graph;

    private ShardGraph(ModelManifest model, ShardCut cut, WeightFile file) {
        this.model = model;
        this.cut = cut;
        this.weights = file.layout();
        this.graph = new OnnxGraph(
                model.name() + "-" + cut.first() + "-" + cut.end(),
                file.path().getFileName().toString());
    }

    /** A serialized ONNX ModelProto, whose weights ONNX Runtime maps from {@code file}. */
    public static byte[] build(ModelManifest model, ShardCut cut, WeightFile file) {
        return new ShardGraph(model, cut, file).build().toByteArray();
    }

    private ByteString build() {
        DecoderLayer layer = new DecoderLayer(model, weights, graph);
        String hidden = cut.embeds() ? scaled(embedded()) : hiddenInput();
        layer.declareAttentionInputs();
        if (cut.hasHead()) {
            graph.input(DecoderPorts.LOGIT_ROWS, ElementType.INT64, "rows");
        }
        DecoderLayer.Stream stream = layer.enter(hidden, WeightLayout.attentionNorm(cut.first()));
        for (int i = cut.first(); i < cut.end(); i++) {
            if (i > cut.first()) {
                stream = layer.norm(stream, WeightLayout.attentionNorm(i), "entering" + i);
            }
            stream = layer.append(i, stream, i == model.layers() - 1);
        }
        if (cut.hasHead()) {
            head(layer, stream);
        } else {
            graph.output(DecoderPorts.HIDDEN_OUT, ElementType.FLOAT32, "batch", "sequence", model.hidden());
            hiddenOutput(stream);
        }
        return graph.toModel();
    }

    /** Between shards hidden states are those of every precision. */
    private String hiddenInput() {
        graph.input(DecoderPorts.HIDDEN_IN, ElementType.FLOAT32, "batch", "sequence", model.hidden());
        if (weights.basis().isEmpty()) {
            return DecoderPorts.HIDDEN_IN;
        }
        String turn = graph.weight(weights.vector(WeightLayout.HIDDEN_TURN));
        return graph.apply(STANDARD, "MatMul", "hidden_in.turned", Map.of(), DecoderPorts.HIDDEN_IN, turn);
    }

    private void hiddenOutput(DecoderLayer.Stream stream) {
        boolean turned = weights.basis().isPresent();
        String sum = turned ? "hidden_out.turned" : DecoderPorts.HIDDEN_OUT;
        graph.apply(STANDARD, "Add", sum, Map.of(), stream.update(), stream.residual());
        if (turned) {
            String turn = graph.weight(weights.vector(WeightLayout.HIDDEN_TURN));
            graph.apply(MICROSOFT, "FusedMatMul", DecoderPorts.HIDDEN_OUT, Map.of("transB", 1L), sum, turn);
        }
    }

    private String scaled(String embedded) {
        double scale = model.traits().embeddingScale();
        return scale == 1
                ? embedded
                : graph.apply(
                        STANDARD, "Mul", "embedded.scaled", Map.of(), embedded, graph.scalar("embedding_scale", scale));
    }

    private String embedded() {
        graph.input(DecoderPorts.TOKENS, ElementType.INT32, "batch", "sequence");
        WeightLayout.Matrix table = weights.embedding();
        return table.dense() ? denseTable(table) : blockTable(table);
    }

    private String denseTable(WeightLayout.Matrix table) {
        String rows = graph.weight(table.values());
        if (table.values().type() == ElementType.FLOAT32) {
            return graph.apply(STANDARD, "Gather", "embedded", Map.of(), rows, DecoderPorts.TOKENS);
        }
        long to = ElementType.FLOAT32.onnx();
        if (table.scales().isPresent()) {
            // Gather takes no floats of 8 bits: the whole table becomes float32 when the session loads.
            String values = graph.apply(STANDARD, "Cast", "embedding.cast", Map.of("to", to), rows);
            String scales = graph.weight(table.scales().get());
            String scaled = graph.apply(STANDARD, "Mul", "embedding.scaled", Map.of(), values, scales);
            return graph.apply(STANDARD, "Gather", "embedded", Map.of(), scaled, DecoderPorts.TOKENS);
        }
        String stored = graph.apply(STANDARD, "Gather", "embedded.stored", Map.of(), rows, DecoderPorts.TOKENS);
        return graph.apply(STANDARD, "Cast", "embedded", Map.of("to", to), stored);
    }

    private String blockTable(WeightLayout.Matrix table) {
        Map<String, ?> attributes =
                Map.of("bits", 8L, "block_size", (long) Block8.SIZE, "gather_axis", 0L, "quantize_axis", 1L);
        return graph.apply(
                MICROSOFT,
                "GatherBlockQuantized",
                "embedded",
                attributes,
                graph.weight(table.values().as("embedding.table", table.rows(), table.columns())),
                DecoderPorts.TOKENS,
                graph.weight(table.scales().orElseThrow().as("embedding.scale", table.rows(), table.blocks())),
                graph.weight(table.zeros().orElseThrow().as("embedding.zero", table.rows(), table.blocks())));
    }

    private void head(DecoderLayer layer, DecoderLayer.Stream stream) {
        graph.output(DecoderPorts.LOGITS, ElementType.FLOAT32, 1, "rows", model.vocabulary());
        String normed = layer.norm(stream, "output_norm", "final").update();
        double cap = model.traits().logitSoftcap();
        if (cap == 0) {
            layer.linear(weights.head(), normed, DecoderPorts.LOGITS);
            return;
        }
        String scale = graph.scalar("logit_cap", cap);
        String uncapped = layer.linear(weights.head(), normed, "uncapped");
        String small = graph.apply(STANDARD, "Div", "uncapped.small", Map.of(), uncapped, scale);
        String bounded = graph.apply(STANDARD, "Tanh", "uncapped.bounded", Map.of(), small);
        graph.apply(STANDARD, "Mul", DecoderPorts.LOGITS, Map.of(), bounded, scale);
    }
}
