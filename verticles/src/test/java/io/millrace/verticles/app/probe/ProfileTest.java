package io.millrace.verticles.app.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.verticles.app.probe.Place.Part;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileTest {
    /** As ONNX Runtime writes them: a run behind its nodes, sizes as text. */
    private static final String EVENTS = """
            [
            {"cat" : "Session","pid" :1,"tid" :2,"dur" :10,"ts" :0,"ph" : "X","name" :"session_initialization","args" : {}},
            %s,
            {"cat" : "Session","pid" :1,"tid" :2,"dur" :99,"ts" :100,"ph" : "X","name" :"model_run","args" : {}},
            %s,
            {"cat" : "Session","pid" :1,"tid" :2,"dur" :99,"ts" :200,"ph" : "X","name" :"model_run","args" : {}}
            ]
            """;

    @TempDir
    private Path folder;

    @Test
    void aNodesPlaceIsReadFromItsName() {
        assertEquals(new Place(Part.EMBEDDING, Place.NONE), Place.of("embedded:GatherBlockQuantized", 0));
        assertEquals(new Place(Part.ATTENTION, 5), Place.of("entered.normed:SimplifiedLayerNormalization", 5));
        assertEquals(new Place(Part.ATTENTION, 7), Place.of("entering7.normed.blocks:Reshape", 0));
        assertEquals(new Place(Part.ATTENTION, 12), Place.of("layer12.qkv_out.product:MatMulNBits", 0));
        assertEquals(new Place(Part.ATTENTION, 12), Place.of("layer12.projected:Add", 0));
        assertEquals(new Place(Part.MLP, 12), Place.of("layer12.middle.normed:SkipSimplifiedLayerNormalization", 0));
        assertEquals(new Place(Part.MLP, 12), Place.of("layer12.gate_up_out.product:MatMulNBits", 0));
        assertEquals(new Place(Part.MLP, 12), Place.of("layer12.update:Add", 0));
        assertEquals(new Place(Part.HEAD, Place.NONE), Place.of("logits:MatMulNBits", 0));
    }

    @Test
    void nodesAreReadByStageAndRun() throws Exception {
        write("from-layer-3_2026.json", node("layer3.update:Add", "Add", 110, 5), node("logits:X", "X", 210, 6));
        write("from-layer-0_2026.json", node("embedded:G", "G", 110, 7), node("layer2.attended:A", "A", 210, 8));
        Files.writeString(folder.resolve("notes.txt"), "no profile");
        List<NodeTime> all = ProfileFile.readAll(folder);
        assertEquals(
                List.of("0/0 embedding 7", "0/1 layer 2 attention 8", "1/0 layer 3 MLP 5", "1/1 head 6"),
                all.stream()
                        .map(node -> node.stage() + "/" + node.run() + " "
                                + node.place().label() + " " + node.micros())
                        .toList());
        assertEquals(1024, all.getFirst().outputBytes());
    }

    @Test
    void theTableAddsUpAndTheTraceIsOneThatPerfettoOpens() throws Exception {
        write(
                "from-layer-0_2026.json",
                node("layer0.gated:Mul", "Mul", 110, 3000),
                node("layer0.attended:A", "A", 210, 9));
        List<NodeTime> nodes = ProfileFile.readAll(folder);
        Profile profile = new Profile(nodes, List.of(nodes.get(0), nodes.get(0), nodes.get(1)));
        String table = ProfileTable.of(profile);
        String decoding = table.substring(table.indexOf("Decoding"));
        assertTrue(decoding.matches("(?s).*MLP Mul +6\\.00 +99\\.\\d% +2 .*"), table);
        Path trace = folder.resolve("trace.json");
        TraceFile.write(trace, profile);
        JsonNode events = new ObjectMapper().readTree(trace.toFile()).path("traceEvents");
        List<JsonNode> slices = events.valueStream()
                .filter(event -> event.path("ph").asText().equals("X"))
                .toList();
        assertTrue(slices.stream().allMatch(slice -> slice.has("ts") && slice.has("dur") && slice.has("tid")));
        assertEquals(
                6009 + 3009,
                slices.stream()
                        .filter(slice -> slice.path("args").has("node"))
                        .mapToLong(slice -> slice.path("dur").asLong())
                        .sum());
    }

    private static String node(String name, String operator, long start, long micros) {
        return """
                {"cat" : "Node","pid" :1,"tid" :2,"dur" :%d,"ts" :%d,"ph" : "X","name" :"%s_kernel_time",
                 "args" : {"op_name" : "%s","output_size" : "1024"}}""".formatted(micros, start, name, operator);
    }

    private void write(String name, String first, String second) throws Exception {
        Files.writeString(folder.resolve(name), EVENTS.formatted(first, second));
    }
}
