package io.millrace.model.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Puts an ONNX model together, node by node: the few primitives that decoder graphs need. Values are known by name. */
public final class OnnxGraph {
    /** Domain of the operators that ONNX Runtime adds to the standard. */
    public static final String MICROSOFT = "com.microsoft";

    public static final String STANDARD = "";

    /** Domain of the operators that Millrace gives to ONNX Runtime. */
    public static final String MILLRACE = "millrace";

    private static final int IR_VERSION = 9;
    /** The first that knows 8-bit floats. */
    private static final int STANDARD_OPSET = 19;

    private final GraphProto.Builder graph;
    private final String weightFile;
    private final Set<String> initializers = new HashSet<>();
    private final Set<String> domains = new TreeSet<>(Set.of(STANDARD, MICROSOFT));

    /** For a graph whose weights are inputs. */
    public OnnxGraph(String name) {
        this(name, "");
    }

    /** @param weightFile name, without folder, of the file that {@link #weight} refers to */
    public OnnxGraph(String name, String weightFile) {
        this.graph = GraphProto.newBuilder().setName(name);
        this.weightFile = weightFile;
    }

    /** @param shape a {@link Number} is a fixed dimension, anything else the name of one that each run chooses */
    public String input(String name, ElementType type, Object... shape) {
        graph.addInput(value(name, type, shape));
        return name;
    }

    public void output(String name, ElementType type, Object... shape) {
        graph.addOutput(value(name, type, shape));
    }

    /** A tensor that lies in the weight file. Asking for it again is free. */
    public String weight(ExternalTensor region) {
        if (initializers.add(region.name())) {
            TensorProto.Builder tensor = TensorProto.newBuilder()
                    .setName(region.name())
                    .setDataType(region.type().onnx())
                    .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                    .addExternalData(entry("location", weightFile))
                    .addExternalData(entry("offset", Long.toString(region.offset())))
                    .addExternalData(entry("length", Long.toString(region.bytes())));
            region.shape().forEach(tensor::addDims);
            graph.addInitializer(tensor);
        }
        return region.name();
    }

    /** A small int64 vector that lies in the graph itself. */
    public String longs(String name, long... values) {
        if (initializers.add(name)) {
            TensorProto.Builder tensor = TensorProto.newBuilder()
                    .setName(name)
                    .setDataType(ElementType.INT64.onnx())
                    .addDims(values.length);
            for (long value : values) {
                tensor.addInt64Data(value);
            }
            graph.addInitializer(tensor);
        }
        return name;
    }

    /** A float32 scalar that lies in the graph itself. */
    public String scalar(String name, double value) {
        if (initializers.add(name)) {
            graph.addInitializer(TensorProto.newBuilder()
                    .setName(name)
                    .setDataType(ElementType.FLOAT32.onnx())
                    .addFloatData((float) value));
        }
        return name;
    }

    /** A scalar of 8 bits without sign that lies in the graph itself. */
    public String unsignedByte(String name, int value) {
        if (initializers.add(name)) {
            graph.addInitializer(TensorProto.newBuilder()
                    .setName(name)
                    .setDataType(ElementType.UINT8.onnx())
                    .addInt32Data(value));
        }
        return name;
    }

    /**
     * Adds a node.
     *
     * @param inputs     names; an empty one leaves an optional input out
     * @param outputs    names the node gives to its results; an empty one leaves it out
     * @param attributes each a {@link Long}, {@link Float} or {@link String}
     */
    public void node(
            String domain, String operator, List<String> inputs, List<String> outputs, Map<String, ?> attributes) {
        NodeProto.Builder node = NodeProto.newBuilder()
                .setDomain(domain)
                .setOpType(operator)
                .setName(outputs.getFirst() + ":" + operator)
                .addAllInput(inputs)
                .addAllOutput(outputs);
        attributes.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> node.addAttribute(attribute(entry.getKey(), entry.getValue())));
        graph.addNode(node);
        domains.add(domain);
    }

    /** {@link #node} with one result; returns its name. */
    public String apply(String domain, String operator, String output, Map<String, ?> attributes, String... inputs) {
        node(domain, operator, List.of(inputs), List.of(output), attributes);
        return output;
    }

    public ByteString toModel() {
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("millrace")
                .setGraph(graph);
        for (String domain : domains) {
            model.addOpsetImport(OperatorSetIdProto.newBuilder()
                    .setDomain(domain)
                    .setVersion(domain.equals(STANDARD) ? STANDARD_OPSET : 1));
        }
        return model.build().toByteString();
    }

    private static ValueInfoProto value(String name, ElementType type, Object... shape) {
        TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
        for (Object dimension : shape) {
            dimensions.addDim(
                    dimension instanceof Number size
                            ? TensorShapeProto.Dimension.newBuilder().setDimValue(size.longValue())
                            : TensorShapeProto.Dimension.newBuilder().setDimParam(dimension.toString()));
        }
        TypeProto.Tensor.Builder tensor =
                TypeProto.Tensor.newBuilder().setElemType(type.onnx()).setShape(dimensions);
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(tensor))
                .build();
    }

    private static AttributeProto attribute(String name, Object value) {
        AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name);
        switch (value) {
            case Long number ->
                attribute.setType(AttributeProto.AttributeType.INT).setI(number);
            case Float number ->
                attribute.setType(AttributeProto.AttributeType.FLOAT).setF(number);
            case String text ->
                attribute.setType(AttributeProto.AttributeType.STRING).setS(ByteString.copyFromUtf8(text));
            default -> throw new IllegalArgumentException(name + " is a " + value.getClass());
        }
        return attribute.build();
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }
}
