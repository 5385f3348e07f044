package io.millrace.model.paged;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.api.ModelManifest;
import io.millrace.model.onnx.ElementType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PagedGraphTest {
    private static final PagedPrecision FP32 = PagedPrecision.dense(ElementType.FLOAT32);

    static Stream<Arguments> everything() {
        List<Arguments> all = new ArrayList<>();
        for (ModelManifest model : List.of(Manifests.small(), Manifests.smol())) {
            for (GraphDialect dialect : GraphDialect.values()) {
                for (String precision : List.of("auto", "bf16", "int8", "int4", "fp8")) {
                    for (String cache : List.of("auto", "fp8")) {
                        all.addAll(allowed(model, dialect, precision, cache));
                    }
                }
            }
        }
        return all.stream();
    }

    private static List<Arguments> allowed(ModelManifest model, GraphDialect dialect, String precision, String cache) {
        try {
            PagedPrecision named = PagedPrecision.named(precision, cache, dialect);
            return List.of(Arguments.of(model, dialect, named));
        } catch (IllegalArgumentException refused) {
            return List.of();
        }
    }

    @ParameterizedTest
    @MethodSource("everything")
    void everyValueIsMadeBeforeItIsUsedAndEveryInputIsUsed(
            ModelManifest model, GraphDialect dialect, PagedPrecision precision) throws Exception {
        int ranks = model.kvHeads();
        for (Rank rank : ShardPlan.of(model, ranks, 2).ranks()) {
            checkFlow(graph(model, rank, precision, dialect));
        }
        checkFlow(graph(model, Manifests.whole(model), precision, dialect));
        if (PagedGraph.decodesApart(model, precision, dialect)) {
            checkFlow(decodeGraph(model, precision));
        }
    }

    @Test
    void decodeStepsHaveAnAttentionOfTheirOwn() throws Exception {
        ModelManifest model = Manifests.smol();
        PagedPrecision precision = PagedPrecision.named("fp16", "auto", GraphDialect.CUDA);
        GraphProto graph = decodeGraph(model, precision);
        assertEquals(model.layers(), count(graph, "PagedDecode"));
        assertEquals(0, count(graph, "PagedAttention"));
        assertFalse(inputs(graph).containsKey(PagedPorts.CUMULATIVE));
        assertFalse(inputs(graph).containsKey(PagedPorts.META));
    }

    @Test
    void anEightBitCacheAndTheStockKernelsHaveOneAttentionForAllSteps() {
        ModelManifest model = Manifests.smol();
        PagedPrecision fp8Cache = PagedPrecision.named("fp16", "fp8", GraphDialect.CUDA);
        PagedPrecision half = PagedPrecision.named("fp16", "auto", GraphDialect.CUDA);
        assertTrue(PagedGraph.decodesApart(model, half, GraphDialect.CUDA));
        assertFalse(PagedGraph.decodesApart(model, fp8Cache, GraphDialect.CUDA));
        assertFalse(PagedGraph.decodesApart(model, half, GraphDialect.CUDA_STOCK));
        assertFalse(PagedGraph.decodesApart(model, FP32, GraphDialect.HOST));
        assertThrows(IllegalArgumentException.class, () -> decodeGraph(model, fp8Cache));
    }

    @ParameterizedTest
    @MethodSource("everything")
    void theWeightsAreInputsOfTheirTypeAndShape(ModelManifest model, GraphDialect dialect, PagedPrecision precision)
            throws Exception {
        Rank rank = ShardPlan.of(model, 1, 2).ranks().getLast();
        Map<String, ValueInfoProto> inputs = inputs(graph(model, rank, precision, dialect));
        for (WeightTensor tensor :
                RankLayout.of(model, rank, precision).weights().keySet()) {
            TypeProto.Tensor type = inputs.get(tensor.name()).getType().getTensorType();
            assertEquals(tensor.type().onnx(), type.getElemType());
            assertEquals(
                    tensor.shape(),
                    type.getShape().getDimList().stream()
                            .map(dim -> dim.getDimValue())
                            .toList());
        }
    }

    @Test
    void ranksAddUpAfterAttentionAndFeedForward() throws Exception {
        ModelManifest model = Manifests.smol();
        assertEquals(0, count(graph(model, Manifests.whole(model), FP32, GraphDialect.HOST), "AllReduce"));
        Rank third = ShardPlan.of(model, 3, 1).ranks().get(1);
        assertEquals(60, count(graph(model, third, FP32, GraphDialect.HOST), "AllReduce"));
    }

    @Test
    void attentionHasTheHeadsOfItsRank() throws Exception {
        ModelManifest model = Manifests.smol();
        GraphProto graph = graph(model, ShardPlan.of(model, 3, 1).ranks().get(1), FP32, GraphDialect.HOST);
        NodeProto attention = nodes(graph, "PagedAttention").getFirst();
        Map<String, Long> heads = attention.getAttributeList().stream()
                .collect(Collectors.toMap(AttributeProto::getName, AttributeProto::getI));
        assertEquals(Map.of("num_heads", 3L, "kv_num_heads", 1L, "do_rotary", 1L, "rotary_interleaved", 0L), heads);
        assertEquals(17, attention.getInputCount());
        assertEquals(PagedPorts.META, attention.getInput(16));
        assertEquals(1, attention.getOutputCount());
    }

    @Test
    void anEightBitCacheHasScales() throws Exception {
        ModelManifest model = Manifests.smol();
        PagedPrecision precision = PagedPrecision.named("fp16", "fp8", GraphDialect.CUDA);
        GraphProto graph = graph(model, Manifests.whole(model), precision, GraphDialect.CUDA);
        NodeProto attention = nodes(graph, "PagedAttention").getFirst();
        assertEquals("key_scale", attention.getInput(14));
        assertEquals("value_scale", attention.getInput(15));
        assertEquals(
                ElementType.FLOAT8E4M3FN.onnx(),
                inputs(graph).get("key.3").getType().getTensorType().getElemType());
    }

    @Test
    void aTiedHeadIsTheEmbedding() throws Exception {
        GraphProto graph = graph(Manifests.smol(), Manifests.whole(Manifests.smol()), FP32, GraphDialect.HOST);
        assertEquals("embedding", nodes(graph, "Gemm").getLast().getInput(1));
        assertFalse(inputs(graph).containsKey("head"));
    }

    @Test
    void onlyFirstAndLastStageKnowTokensAndLogits() throws Exception {
        List<Rank> ranks = ShardPlan.of(Manifests.smol(), 1, 3).ranks();
        GraphProto middle = graph(Manifests.smol(), ranks.get(1), FP32, GraphDialect.HOST);
        assertTrue(inputs(middle).containsKey(PagedPorts.HIDDEN_IN));
        assertFalse(inputs(middle).containsKey(PagedPorts.TOKENS));
        assertFalse(inputs(middle).containsKey(PagedPorts.ROWS));
        assertEquals(PagedPorts.HIDDEN_OUT, middle.getOutput(0).getName());
        assertEquals(
                PagedPorts.LOGITS,
                graph(Manifests.smol(), ranks.get(2), FP32, GraphDialect.HOST)
                        .getOutput(0)
                        .getName());
    }

    @Test
    void biasesGoIntoTheFusedProduct() throws Exception {
        GraphProto graph = graph(Manifests.small(), Manifests.whole(Manifests.small()), FP32, GraphDialect.HOST);
        assertEquals(
                List.of("entered.normed", "layer0.qkv", "layer0.qkv.bias"),
                nodes(graph, "Gemm").getFirst().getInputList());
    }

    @Test
    void whatADialectCannotComputeIsRefused() {
        assertTrue(refusal("fp16", "auto", GraphDialect.HOST).contains("fp32 only"));
        assertTrue(refusal("auto", "fp8", GraphDialect.HOST).contains("fp8 needs a CUDA device"));
        assertTrue(refusal("fp8", "auto", GraphDialect.CUDA_STOCK).contains("no matrix product of fp8"));
        assertTrue(refusal("fp32", "auto", GraphDialect.CUDA).contains("fp16 or bf16"));
        assertEquals(
                "precision is \"fp12\", not auto, fp32, fp16, bf16, int8, int4 or fp8",
                refusal("fp12", "auto", GraphDialect.CUDA));
        assertEquals("kv-precision is \"int2\", not auto or fp8", refusal("fp16", "int2", GraphDialect.CUDA));
    }

    @Test
    void rowsThatAreNoWholeBlocksAreRefused() {
        ModelManifest narrow =
                new ModelManifest("narrow", 1, 48, 3, 3, 16, 96, 64, 64, 10_000, 1e-5, false, true, false);
        PagedPrecision int4 = PagedPrecision.named("int4", "auto", GraphDialect.CUDA);
        Exception refused = assertThrows(
                IllegalArgumentException.class,
                () -> PagedGraph.build(narrow, Manifests.whole(narrow), int4, GraphDialect.CUDA, StepKind.ANY));
        assertTrue(refused.getMessage().startsWith("int4: layer0.qkv has 48 columns"), refused.getMessage());
    }

    private static String refusal(String precision, String cache, GraphDialect dialect) {
        return assertThrows(IllegalArgumentException.class, () -> PagedPrecision.named(precision, cache, dialect))
                .getMessage();
    }

    private static void checkFlow(GraphProto graph) {
        Set<String> known = new HashSet<>(inputs(graph).keySet());
        Set<String> unused = new HashSet<>(known);
        graph.getInitializerList().forEach(tensor -> known.add(tensor.getName()));
        for (NodeProto node : graph.getNodeList()) {
            for (String input : node.getInputList()) {
                assertTrue(input.isEmpty() || known.contains(input), node.getName() + " takes " + input);
                unused.remove(input);
            }
            for (String output : node.getOutputList()) {
                assertTrue(output.isEmpty() || known.add(output), output + " is made twice");
            }
        }
        assertEquals(Set.of(), unused);
        graph.getOutputList().forEach(output -> assertTrue(known.contains(output.getName())));
    }

    private static Map<String, ValueInfoProto> inputs(GraphProto graph) {
        return graph.getInputList().stream().collect(Collectors.toMap(ValueInfoProto::getName, Function.identity()));
    }

    private static List<NodeProto> nodes(GraphProto graph, String operator) {
        return graph.getNodeList().stream()
                .filter(node -> node.getOpType().equals(operator))
                .toList();
    }

    private static int count(GraphProto graph, String operator) {
        return nodes(graph, operator).size();
    }

    private static GraphProto graph(ModelManifest model, Rank rank, PagedPrecision precision, GraphDialect dialect)
            throws InvalidProtocolBufferException {
        return ModelProto.parseFrom(PagedGraph.build(model, rank, precision, dialect, StepKind.ANY))
                .getGraph();
    }

    private static GraphProto decodeGraph(ModelManifest model, PagedPrecision precision)
            throws InvalidProtocolBufferException {
        byte[] graph = PagedGraph.build(model, Manifests.whole(model), precision, GraphDialect.CUDA, StepKind.DECODE);
        return ModelProto.parseFrom(graph).getGraph();
    }
}
