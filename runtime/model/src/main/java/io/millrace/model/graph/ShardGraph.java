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
    private final MatrixProduct products;

    private ShardGraph(ModelManifest model, ShardCut cut, WeightFile file) {
        this.model = model;
        this.cut = cut;
        this.weights = file.layout();
        this.graph = new OnnxGraph(
                model.name() + "-" + cut.first() + "-" + cut.end(),
                file.path().getFileName().toString());
        this.products = new MatrixProduct(graph);
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
        return switch (weights.embedding()) {
            case WeightMatrix.Blocks8 table -> blockRows(table);
            case WeightMatrix.Floats table -> floatRows(table);
            // Gather takes no floats of 8 bits: the whole table becomes float32 when the session loads.
            case WeightMatrix.ScaledFloats table -> gathered(products.unscaled(table, "embedding"), "embedded");
        };
    }

    private String floatRows(WeightMatrix.Floats table) {
        String rows = graph.weight(table.values());
        if (table.values().type() == ElementType.FLOAT32) {
            return gathered(rows, "embedded");
        }
        Map<String, ?> attributes = Map.of("to", (long) ElementType.FLOAT32.onnx());
        return graph.apply(STANDARD, "Cast", "embedded", attributes, gathered(rows, "embedded.stored"));
    }

    private String gathered(String rows, String output) {
        return graph.apply(STANDARD, "Gather", output, Map.of(), rows, DecoderPorts.TOKENS);
    }

    private String blockRows(WeightMatrix.Blocks8 table) {
        Map<String, ?> attributes =
                Map.of("bits", 8L, "block_size", (long) Block8.SIZE, "gather_axis", 0L, "quantize_axis", 1L);
        return graph.apply(
                MICROSOFT,
                "GatherBlockQuantized",
                "embedded",
                attributes,
                graph.weight(table.values().as("embedding.table", table.rows(), table.columns())),
                DecoderPorts.TOKENS,
                graph.weight(table.scales().as("embedding.scale", table.rows(), table.blocks())),
                graph.weight(table.zeros().as("embedding.zero", table.rows(), table.blocks())));
    }

    private void head(DecoderLayer layer, DecoderLayer.Stream stream) {
        graph.output(DecoderPorts.LOGITS, ElementType.FLOAT32, 1, "rows", model.vocabulary());
        String normed = layer.norm(stream, "output_norm", "final").update();
        double cap = model.traits().logitSoftcap();
        if (cap == 0) {
            products.append(weights.head(), normed, DecoderPorts.LOGITS);
            return;
        }
        String scale = graph.scalar("logit_cap", cap);
        String uncapped = products.append(weights.head(), normed, "uncapped");
        String small = graph.apply(STANDARD, "Div", "uncapped.small", Map.of(), uncapped, scale);
        String bounded = graph.apply(STANDARD, "Tanh", "uncapped.bounded", Map.of(), small);
        graph.apply(STANDARD, "Mul", DecoderPorts.LOGITS, Map.of(), bounded, scale);
    }
}
