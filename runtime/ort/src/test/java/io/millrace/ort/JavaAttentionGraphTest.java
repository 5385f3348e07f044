package io.millrace.ort;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.OnnxGraph;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class JavaAttentionGraphTest {
    private static final List<String> OTHERS = List.of("last_positions", "total_length", "cos", "sin");

    @Test
    void aNodeKeepsWhatItReadsButForTheCache() throws Exception {
        NodeProto packed = rewritten(List.of("qkv", "", ""), Map.of("scale", 0.5f, "softcap", 30f))
                .getNode(1);
        assertEquals(List.of("qkv", "", "", "last_positions", "cos", "sin"), packed.getInputList());
        NodeProto apart = rewritten(List.of("q", "k", "v"), Map.of()).getNode(1);
        assertEquals(List.of("q", "k", "v", "last_positions", "cos", "sin"), apart.getInputList());
        assertEquals(List.of("attended"), apart.getOutputList());
        assertEquals(OnnxGraph.MILLRACE, apart.getDomain());
    }

    @Test
    void aNodesAttributesSayWhichLayerItIsAndWhatItComputes() throws Exception {
        Map<String, Object> given = Map.of("scale", 0.5f, "softcap", 30f, "local_window_size", 512L, "num_heads", 4L);
        Map<String, AttributeProto> attributes = attributes(given);
        assertEquals(
                List.of("layer", "scale", "softcap", "window"),
                attributes.keySet().stream().sorted().toList());
        assertEquals(17, attributes.get("layer").getI());
        assertEquals(512, attributes.get("window").getI());
        assertEquals(0.5f, attributes.get("scale").getF());
        assertEquals(30f, attributes.get("softcap").getF());
    }

    @Test
    void withoutAWindowEverythingIsSeen() throws Exception {
        assertEquals(
                0,
                attributes(Map.of("scale", 0.5f, "softcap", 0f)).get("window").getI());
    }

    @Test
    void theCacheLeavesTheGraphAndNothingElseDoes() throws Exception {
        GraphProto graph = rewritten(List.of("qkv", "", ""), Map.of("scale", 0f, "softcap", 0f));
        assertEquals(List.of("hidden", "last_positions", "total_length", "cos", "sin"), names(graph.getInputList()));
        assertEquals(List.of("result"), names(graph.getOutputList()));
        assertEquals(
                List.of("Identity", JavaAttention.OPERATOR, "Identity"),
                graph.getNodeList().stream().map(NodeProto::getOpType).toList());
    }

    @Test
    void theDomainOfTheNodesIsImportedOnce() throws Exception {
        byte[] once = JavaAttentionGraph.of(graph(List.of("qkv", "", ""), Map.of()));
        byte[] twice = JavaAttentionGraph.of(once);
        assertEquals(ModelProto.parseFrom(once), ModelProto.parseFrom(twice));
        assertEquals(
                1,
                ModelProto.parseFrom(twice).getOpsetImportList().stream()
                        .filter(set -> set.getDomain().equals(OnnxGraph.MILLRACE))
                        .count());
    }

    private static Map<String, AttributeProto> attributes(Map<String, ?> given) throws Exception {
        return rewritten(List.of("qkv", "", ""), given).getNode(1).getAttributeList().stream()
                .collect(Collectors.toMap(AttributeProto::getName, attribute -> attribute));
    }

    private static GraphProto rewritten(List<String> queryKeyValue, Map<String, ?> attributes) throws Exception {
        return ModelProto.parseFrom(JavaAttentionGraph.of(graph(queryKeyValue, attributes)))
                .getGraph();
    }

    private static byte[] graph(List<String> queryKeyValue, Map<String, ?> attributes) {
        OnnxGraph graph = new OnnxGraph("test");
        graph.input("hidden", ElementType.FLOAT32, "batch", "sequence", 8);
        List<String> cache = List.of("past_key.17", "past_value.17");
        cache.forEach(name -> graph.input(name, ElementType.FLOAT32, "batch"));
        OTHERS.forEach(name -> graph.input(name, ElementType.INT32, "batch"));
        graph.output("present_key.17", ElementType.FLOAT32, "batch");
        graph.output("result", ElementType.FLOAT32, "batch");
        graph.output("present_value.17", ElementType.FLOAT32, "batch");
        graph.apply(OnnxGraph.STANDARD, "Identity", "qkv", Map.of(), "hidden");
        List<String> inputs = new ArrayList<>(queryKeyValue);
        inputs.addAll(cache);
        inputs.addAll(OTHERS);
        List<String> outputs = List.of("attended", "present_key.17", "present_value.17");
        graph.node(OnnxGraph.MICROSOFT, "GroupQueryAttention", inputs, outputs, attributes);
        graph.apply(OnnxGraph.STANDARD, "Identity", "result", Map.of(), "attended");
        return graph.toModel().toByteArray();
    }

    private static List<String> names(List<ValueInfoProto> values) {
        return values.stream().map(ValueInfoProto::getName).toList();
    }
}
