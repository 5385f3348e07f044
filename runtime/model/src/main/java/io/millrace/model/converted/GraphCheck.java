package io.millrace.model.converted;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Holds a graph's external data to one file of its own directory, before ONNX Runtime opens whatever path a graph names.
 *
 * <p>A tensor can also hide in a subgraph, an attribute or a function. Graphs of ours have none of these, so none is let
 * through.
 */
final class GraphCheck {
    private final Path file;
    private final String weights;
    private final long weightBytes;

    private GraphCheck(Path file, String weights, long weightBytes) {
        this.file = file;
        this.weights = weights;
        this.weightBytes = weightBytes;
    }

    /** @param weights name of the one file that tensors may lie in */
    static void check(Path file, byte[] graph, String weights, long weightBytes) throws IOException {
        ModelProto model;
        try {
            model = ModelProto.parseFrom(graph);
        } catch (InvalidProtocolBufferException e) {
            throw new IOException(file + " is no ONNX model", e);
        }
        GraphCheck check = new GraphCheck(file, weights, weightBytes);
        check.onlyPlainParts(model);
        for (TensorProto tensor : model.getGraph().getInitializerList()) {
            check.tensor(tensor);
        }
    }

    private void onlyPlainParts(ModelProto model) throws IOException {
        GraphProto graph = model.getGraph();
        if (model.getFunctionsCount() + model.getTrainingInfoCount() + graph.getSparseInitializerCount() > 0) {
            throw new IOException(
                    file + " has functions, training data or sparse tensors, which no converted model has");
        }
        for (NodeProto node : graph.getNodeList()) {
            for (AttributeProto attribute : node.getAttributeList()) {
                switch (attribute.getType()) {
                    case INT, FLOAT, STRING, INTS, FLOATS, STRINGS -> {}
                    default ->
                        throw new IOException(file + ": node " + node.getName() + " has an attribute of type "
                                + attribute.getType() + ", which no converted model has");
                }
                if (attribute.hasT()
                        || attribute.hasG()
                        || attribute.getTensorsCount() + attribute.getGraphsCount() > 0) {
                    throw new IOException(file + ": node " + node.getName() + " hides a tensor or a graph");
                }
            }
        }
    }

    private void tensor(TensorProto tensor) throws IOException {
        if (tensor.getDataLocation() != TensorProto.DataLocation.EXTERNAL && tensor.getExternalDataCount() == 0) {
            return;
        }
        long offset = 0;
        long length = 0;
        for (StringStringEntryProto entry : tensor.getExternalDataList()) {
            switch (entry.getKey()) {
                case "location" -> location(tensor, entry.getValue());
                case "offset" -> offset = number(tensor, entry);
                case "length" -> length = number(tensor, entry);
                default -> throw new IOException(file + ": tensor " + tensor.getName() + " has " + entry.getKey());
            }
        }
        if (offset < 0 || length < 0 || offset > weightBytes - length) {
            throw new IOException(file + ": tensor " + tensor.getName() + " lies outside of " + weights);
        }
    }

    private void location(TensorProto tensor, String location) throws IOException {
        if (!location.equals(weights)) {
            throw new IOException(file + ": tensor " + tensor.getName() + " lies in \""
                    + location.replaceAll("\\p{Cntrl}", "?") + "\"; its directory's " + weights
                    + " is the only file that may hold weights");
        }
    }

    private long number(TensorProto tensor, StringStringEntryProto entry) throws IOException {
        try {
            return Long.parseLong(entry.getValue());
        } catch (NumberFormatException e) {
            throw new IOException(
                    file + ": tensor " + tensor.getName() + " has an " + entry.getKey() + " of \""
                            + entry.getValue().replaceAll("\\p{Cntrl}", "?") + "\"",
                    e);
        }
    }
}
