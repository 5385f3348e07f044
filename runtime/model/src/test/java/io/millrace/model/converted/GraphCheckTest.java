package io.millrace.model.converted;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class GraphCheckTest {
    private static final String WEIGHTS = "weights.bin";

    @Test
    void weightsWithinTheDirectorysFileAreLetThrough() throws Exception {
        check(model(external(WEIGHTS, "0", "100")));
    }

    @Test
    void everyOtherPlaceIsRefused() {
        for (String place : new String[] {"../weights.bin", "/weights.bin", "./weights.bin", "sub/weights.bin", ""}) {
            assertRefused("is the only file that may hold weights", model(external(place, "0", "100")));
        }
    }

    @Test
    void aPlaceIsLookedAtEvenWhereTheTensorSaysItHasNone() {
        TensorProto.Builder hidden =
                external("/etc/passwd", "0", "1").setDataLocation(TensorProto.DataLocation.DEFAULT);
        assertRefused("only file", model(hidden));
    }

    @Test
    void theLastPlaceOfTwoDoesNotHideTheFirst() {
        TensorProto.Builder two = external("/etc/passwd", "0", "1").addExternalData(entry("location", WEIGHTS));
        assertRefused("only file", model(two));
    }

    @Test
    void rangesBeyondTheFileAreRefused() {
        assertRefused("lies outside", model(external(WEIGHTS, "1", "100")));
        assertRefused("lies outside", model(external(WEIGHTS, "-1", "1")));
        assertRefused("lies outside", model(external(WEIGHTS, "2", Long.toString(Long.MAX_VALUE))));
        assertRefused("has an offset", model(external(WEIGHTS, "9e9", "1")));
    }

    @Test
    void noTensorHidesInAnAttributeAGraphOrAFunction() {
        GraphProto graph = GraphProto.newBuilder()
                .addInitializer(external("/etc/passwd", "0", "1"))
                .build();
        assertRefused(
                "attribute of type GRAPH",
                with(AttributeProto.newBuilder()
                        .setType(AttributeProto.AttributeType.GRAPH)
                        .setG(graph)));
        assertRefused(
                "hides a tensor",
                with(AttributeProto.newBuilder()
                        .setType(AttributeProto.AttributeType.INT)
                        .setT(external("/etc/passwd", "0", "1"))));
        assertRefused("functions", ModelProto.newBuilder().addFunctions(FunctionProto.newBuilder()));
    }

    @Test
    void whatIsNoGraphIsRefused() {
        assertThrows(IOException.class, () -> GraphCheck.check(Path.of("x.onnx"), new byte[] {1, 2, 3}, WEIGHTS, 100));
    }

    private static ModelProto.Builder with(AttributeProto.Builder attribute) {
        NodeProto.Builder node = NodeProto.newBuilder().setName("node").addAttribute(attribute);
        return ModelProto.newBuilder().setGraph(GraphProto.newBuilder().addNode(node));
    }

    private static ModelProto.Builder model(TensorProto.Builder tensor) {
        return ModelProto.newBuilder().setGraph(GraphProto.newBuilder().addInitializer(tensor));
    }

    private static TensorProto.Builder external(String location, String offset, String length) {
        return TensorProto.newBuilder()
                .setName("w")
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", location))
                .addExternalData(entry("offset", offset))
                .addExternalData(entry("length", length));
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static void check(ModelProto.Builder model) throws IOException {
        GraphCheck.check(Path.of("shard-0.onnx"), model.build().toByteArray(), WEIGHTS, 100);
    }

    private static void assertRefused(String words, ModelProto.Builder model) {
        IOException refusal = assertThrows(IOException.class, () -> check(model));
        assertTrue(refusal.getMessage().contains(words), refusal.getMessage());
    }
}
