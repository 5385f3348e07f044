package io.millrace.verticles.app.probe;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A profile in the JSON of Chrome's trace events, which <a href="https://ui.perfetto.dev">Perfetto</a> opens: a process per
 * pipeline stage, in it a track of the layers above one of their nodes.
 */
public final class TraceFile {
    private static final int LAYERS = 1;
    private static final int NODES = 2;

    private TraceFile() {}

    public static void write(Path file, Profile profile) throws IOException {
        List<NodeTime> nodes = Stream.concat(profile.prompts().stream(), profile.decodes().stream())
                .toList();
        try (OutputStream out = Files.newOutputStream(file);
                JsonGenerator json = new JsonFactory().createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("displayTimeUnit", "ms");
            json.writeArrayFieldStart("traceEvents");
            for (int stage : nodes.stream().map(NodeTime::stage).distinct().toList()) {
                name(json, "process_name", stage, 0, "stage " + stage);
                name(json, "thread_name", stage, LAYERS, "layers");
                name(json, "thread_name", stage, NODES, "nodes");
            }
            writeLayers(json, nodes);
            for (NodeTime node : nodes) {
                begin(json, node.operator(), node.stage(), NODES, node.startMicros(), node.micros());
                json.writeObjectFieldStart("args");
                json.writeStringField("node", node.node());
                json.writeStringField("place", node.place().label());
                json.writeNumberField("output_bytes", node.outputBytes());
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    /** Neighbouring nodes of one place are one slice. */
    private static void writeLayers(JsonGenerator json, List<NodeTime> nodes) throws IOException {
        for (int from = 0; from < nodes.size(); ) {
            NodeTime first = nodes.get(from);
            int to = from + 1;
            while (to < nodes.size() && together(first, nodes.get(to))) {
                to++;
            }
            NodeTime last = nodes.get(to - 1);
            long micros = last.startMicros() + last.micros() - first.startMicros();
            begin(json, first.place().label(), first.stage(), LAYERS, first.startMicros(), micros);
            json.writeEndObject();
            from = to;
        }
    }

    private static boolean together(NodeTime one, NodeTime other) {
        return one.stage() == other.stage()
                && one.run() == other.run()
                && one.place().equals(other.place());
    }

    private static void begin(JsonGenerator json, String name, int stage, int track, long start, long micros)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("name", name);
        json.writeStringField("ph", "X");
        json.writeNumberField("pid", stage);
        json.writeNumberField("tid", track);
        json.writeNumberField("ts", start);
        json.writeNumberField("dur", micros);
    }

    private static void name(JsonGenerator json, String what, int stage, int track, String name) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", what);
        json.writeStringField("ph", "M");
        json.writeNumberField("pid", stage);
        json.writeNumberField("tid", track);
        json.writeObjectFieldStart("args");
        json.writeStringField("name", name);
        json.writeEndObject();
        json.writeEndObject();
    }
}
