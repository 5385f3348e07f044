package io.millrace.model.graph;

import static io.millrace.model.onnx.OnnxGraph.MICROSOFT;
import static io.millrace.model.onnx.OnnxGraph.STANDARD;

import io.millrace.api.LocalAttention;
import io.millrace.api.ModelManifest;
import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.OnnxGraph;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Grouped-query attention of a layer over its cache, with rotary embedding, from the joint product of Q, K and V on. */
final class GroupedAttention {
    private final ModelManifest model;
    private final WeightLayout weights;
    private final OnnxGraph graph;

    GroupedAttention(ModelManifest model, WeightLayout weights, OnnxGraph graph) {
        this.model = model;
        this.weights = weights;
        this.graph = graph;
    }

    /**
     * Appends the attention of layer {@code i}.
     *
     * @param qkv {@code [batch, sequence, (heads + 2 kvHeads) * headDim]}
     * @return {@code [batch, sequence, heads * headDim]}
     */
    String append(int i, String prefix, String qkv) {
        Object[] cache = {"batch", model.kvHeads(), "capacity", model.headDim()};
        graph.output(DecoderPorts.presentKey(i), ElementType.FLOAT32, cache);
        graph.output(DecoderPorts.presentValue(i), ElementType.FLOAT32, cache);
        List<String> inputs = new ArrayList<>(queryKeyValue(prefix, qkv));
        inputs.add(graph.input(DecoderPorts.pastKey(i), ElementType.FLOAT32, cache));
        inputs.add(graph.input(DecoderPorts.pastValue(i), ElementType.FLOAT32, cache));
        inputs.add(DecoderPorts.LAST_POSITIONS);
        inputs.add(DecoderPorts.TOTAL_LENGTH);
        boolean turnsLocally = model.traits().isLocal(i) && model.traits().turnsLocally();
        String rotary = turnsLocally ? WeightLayout.LOCAL_ROTARY : WeightLayout.ROTARY;
        inputs.add(graph.weight(weights.vector(rotary + "_cos")));
        inputs.add(graph.weight(weights.vector(rotary + "_sin")));
        String attended = prefix + ".attended";
        graph.node(
                MICROSOFT,
                "GroupQueryAttention",
                inputs,
                List.of(attended, DecoderPorts.presentKey(i), DecoderPorts.presentValue(i)),
                attributes(i));
        return attended;
    }

    private Map<String, ?> attributes(int i) {
        Map<String, Object> attributes = new HashMap<>();
        attributes.put("num_heads", (long) model.heads());
        attributes.put("kv_num_heads", (long) model.kvHeads());
        attributes.put("do_rotary", 1L);
        attributes.put("rotary_interleaved", 0L);
        attributes.put("scale", (float) model.traits().attentionScale());
        attributes.put("softcap", (float) model.traits().attentionSoftcap());
        if (model.traits().isLocal(i)) {
            attributes.put("local_window_size", (long)
                    model.traits().local().map(LocalAttention::window).orElseThrow());
        }
        return attributes;
    }

    /** Packed where nothing is done to them, else apart. */
    private List<String> queryKeyValue(String prefix, String qkv) {
        boolean norm = model.traits().queryKeyNorm();
        if (!norm && weights.basis().isEmpty()) {
            return List.of(qkv, "", "");
        }
        List<String> parts = split(prefix, qkv);
        String query = parts.get(0);
        String key = parts.get(1);
        return List.of(
                norm ? headNorm(query, prefix + ".query_norm") : query,
                norm ? headNorm(key, prefix + ".key_norm") : key,
                value(prefix, parts));
    }

    private List<String> split(String prefix, String qkv) {
        long queries = (long) model.heads() * model.headDim();
        long keys = (long) model.kvHeads() * model.headDim();
        List<String> parts = new ArrayList<>(List.of(prefix + ".query", prefix + ".key", prefix + ".value"));
        if (weights.basis().isPresent()) {
            parts.add(prefix + ".value_rest");
        }
        String widths = weights.basis().isPresent()
                ? graph.longs("query_key_value_rest", queries, keys, keys, keys)
                : graph.longs("query_key_value", queries, keys, keys);
        graph.node(STANDARD, "Split", List.of(qkv, widths), parts, Map.of("axis", -1L));
        return parts;
    }

    /** Of all weights those of the values bear rounding least, so what it loses is there as rows of its own. */
    private String value(String prefix, List<String> parts) {
        return weights.basis().isPresent()
                ? graph.apply(STANDARD, "Add", prefix + ".whole_value", Map.of(), parts.get(2), parts.get(3))
                : parts.get(2);
    }

    private String headNorm(String x, String weight) {
        String heads = graph.longs("each_head", 0, 0, -1, model.headDim());
        String apart = graph.apply(STANDARD, "Reshape", x + ".heads", Map.of(), x, heads);
        String normed = RmsNorm.append(graph, apart, weights.vector(weight), model.normEpsilon(), x + ".normed_heads");
        return graph.apply(STANDARD, "Reshape", x + ".normed", Map.of(), normed, graph.longs("all_heads", 0, 0, -1));
    }
}
