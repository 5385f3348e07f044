package io.millrace.ort;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.model.graph.DecoderPorts;
import io.millrace.model.onnx.OnnxGraph;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Turns a shard's graph into one whose attention is {@link JavaAttention}'s: its nodes reach the cache by themselves, so that the
 * graph has it neither as inputs nor as outputs. All else stays, in derived and in converted models.
 */
final class JavaAttentionGraph {
    private static final String THEIRS = "GroupQueryAttention";

    /** Inputs of ONNX Runtime's operator that are not ours. Before them are query, key and value. */
    private static final int PAST_KEY = 3;

    private static final int PAST_VALUE = 4;
    private static final int LAST_POSITIONS = 5;
    private static final int COSINES = 7;
    private static final int SINES = 8;

    private JavaAttentionGraph() {}

    /**
     * @param graph a serialized ModelProto
     * @return another
     */
    static byte[] of(byte[] graph) throws InvalidProtocolBufferException {
        ModelProto.Builder model = ModelProto.parseFrom(graph).toBuilder();
        GraphProto.Builder nodes = model.getGraphBuilder();
        Set<String> cache = new HashSet<>();
        for (int i = 0; i < nodes.getNodeCount(); i++) {
            NodeProto node = nodes.getNode(i);
            if (node.getDomain().equals(OnnxGraph.MICROSOFT) && node.getOpType().equals(THEIRS)) {
                cache.addAll(node.getInputList().subList(PAST_KEY, PAST_VALUE + 1));
                cache.addAll(node.getOutputList().subList(1, node.getOutputCount()));
                nodes.setNode(i, ours(node));
            }
        }
        List<ValueInfoProto> inputs = without(cache, nodes.getInputList());
        List<ValueInfoProto> outputs = without(cache, nodes.getOutputList());
        nodes.clearInput().addAllInput(inputs).clearOutput().addAllOutput(outputs);
        if (model.getOpsetImportList().stream().noneMatch(set -> set.getDomain().equals(OnnxGraph.MILLRACE))) {
            model.addOpsetImport(OperatorSetIdProto.newBuilder()
                    .setDomain(OnnxGraph.MILLRACE)
                    .setVersion(1));
        }
        return model.build().toByteArray();
    }

    private static NodeProto ours(NodeProto node) {
        List<String> inputs = new ArrayList<>(node.getInputList().subList(0, PAST_KEY));
        for (int input : List.of(LAST_POSITIONS, COSINES, SINES)) {
            inputs.add(node.getInput(input));
        }
        return NodeProto.newBuilder()
                .setDomain(OnnxGraph.MILLRACE)
                .setOpType(JavaAttention.OPERATOR)
                .setName(node.getName())
                .addAllInput(inputs)
                .addOutput(node.getOutput(0))
                .addAttribute(integer(JavaAttention.LAYER, DecoderPorts.layerOfPastKey(node.getInput(PAST_KEY))))
                .addAttribute(integer(
                        JavaAttention.WINDOW,
                        attribute(node, "local_window_size")
                                .map(AttributeProto::getI)
                                .orElse(0L)))
                .addAttribute(real(node, JavaAttention.SCALE))
                .addAttribute(real(node, JavaAttention.SOFTCAP))
                .build();
    }

    private static AttributeProto integer(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    /** The node's own, which is called the same; 0 where it has none, as with them. */
    private static AttributeProto real(NodeProto node, String name) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.FLOAT)
                .setF(attribute(node, name).map(AttributeProto::getF).orElse(0f))
                .build();
    }

    private static Optional<AttributeProto> attribute(NodeProto node, String name) {
        return node.getAttributeList().stream()
                .filter(each -> each.getName().equals(name))
                .findFirst();
    }

    private static List<ValueInfoProto> without(Set<String> names, List<ValueInfoProto> values) {
        return values.stream().filter(value -> !names.contains(value.getName())).toList();
    }
}
