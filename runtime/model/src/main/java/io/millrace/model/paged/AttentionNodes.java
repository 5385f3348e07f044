package io.millrace.model.paged;

import static io.millrace.model.onnx.OnnxGraph.MILLRACE;

import io.millrace.api.ModelManifest;
import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.OnnxGraph;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Attention with rotary embedding over a rank's heads and its paged cache, in the operators of a dialect and kind of step. */
final class AttentionNodes {
    private final ModelManifest model;
    private final Rank rank;
    private final PagedPrecision precision;
    private final GraphDialect dialect;
    private final StepKind kind;
    private final OnnxGraph graph;

    AttentionNodes(
            ModelManifest model,
            Rank rank,
            PagedPrecision precision,
            GraphDialect dialect,
            StepKind kind,
            OnnxGraph graph) {
        this.model = model;
        this.rank = rank;
        this.precision = precision;
        this.dialect = dialect;
        this.kind = kind;
        this.graph = graph;
    }

    /** Inputs that all layers share. */
    void declareSteps() {
        graph.input(PagedPorts.PAST, ElementType.INT32, "B");
        graph.input(PagedPorts.BLOCK_TABLE, ElementType.INT32, "B", "most_blocks");
        if (kind == StepKind.ANY) {
            graph.input(PagedPorts.CUMULATIVE, ElementType.INT32, "B+1");
            graph.input(PagedPorts.META, ElementType.INT32, 2);
        }
    }

    /** {@code [T, queries, keys and values]} to {@code [T, heads of the rank * head dim]}, by the cache of layer {@code i}. */
    String append(int i, String qkv, String output) {
        Object[] shape = {"blocks", "block_tokens", rank.kvHeads().size(), model.headDim()};
        String keys = graph.input(PagedPorts.keyCache(i), precision.cache(), shape);
        String values = graph.input(PagedPorts.valueCache(i), precision.cache(), shape);
        switch (kind) {
            case ANY -> any(qkv, keys, values, output);
            case DECODE -> decode(qkv, keys, values, output);
        }
        return output;
    }

    private void any(String qkv, String keys, String values, String output) {
        boolean scaled = precision.scaledCache();
        List<String> inputs = List.of(
                qkv,
                "",
                "",
                keys,
                values,
                PagedPorts.CUMULATIVE,
                PagedPorts.PAST,
                PagedPorts.BLOCK_TABLE,
                RankLayout.COS,
                RankLayout.SIN,
                "",
                "",
                "",
                "",
                scaled ? RankLayout.KEY_SCALE : "",
                scaled ? RankLayout.VALUE_SCALE : "",
                PagedPorts.META);
        graph.node(dialect.attentionDomain(), "PagedAttention", inputs, List.of(output), attributes());
    }

    private void decode(String qkv, String keys, String values, String output) {
        List<String> inputs =
                List.of(qkv, keys, values, PagedPorts.PAST, PagedPorts.BLOCK_TABLE, RankLayout.COS, RankLayout.SIN);
        graph.node(MILLRACE, "PagedDecode", inputs, List.of(output), Map.of());
    }

    private Map<String, ?> attributes() {
        Map<String, Object> attributes = new HashMap<>(Map.of(
                "num_heads",
                (long) rank.heads().size(),
                "kv_num_heads",
                (long) rank.kvHeads().size(),
                "do_rotary",
                1L,
                "rotary_interleaved",
                0L));
        if (precision.scaledCache()) {
            attributes.put("k_quant_type", "PER_TENSOR");
            attributes.put("v_quant_type", "PER_TENSOR");
        }
        return attributes;
    }
}
