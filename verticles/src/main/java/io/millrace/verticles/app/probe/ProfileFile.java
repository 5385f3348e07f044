package io.millrace.verticles.app.probe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** ONNX Runtime's own profiles: an array of trace events per session, a node's named after it. */
final class ProfileFile {
    private static final Pattern NAME = Pattern.compile("from-layer-(\\d+)_.*\\.json");
    private static final String NODE_SUFFIX = "_kernel_time";

    private ProfileFile() {}

    /** Nodes of all stages that left a profile in {@code folder}, by stage and time. */
    static List<NodeTime> readAll(Path folder) throws IOException {
        List<NodeTime> all = new ArrayList<>();
        List<Path> files;
        try (Stream<Path> list = Files.list(folder)) {
            files = list.filter(file -> firstLayer(file) >= 0)
                    .sorted(Comparator.comparingInt(ProfileFile::firstLayer))
                    .toList();
        }
        for (int stage = 0; stage < files.size(); stage++) {
            all.addAll(read(files.get(stage), stage));
        }
        return all;
    }

    private static int firstLayer(Path file) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        return name.matches() ? Integer.parseInt(name.group(1)) : -1;
    }

    static List<NodeTime> read(Path file, int stage) throws IOException {
        List<JsonNode> events;
        try (MappingIterator<JsonNode> all =
                new ObjectMapper().readerFor(JsonNode.class).readValues(file.toFile())) {
            events = all.readAll();
        }
        // A run's own event is written when it ends, behind those of its nodes.
        List<NodeTime> nodes = new ArrayList<>();
        int run = 0;
        for (JsonNode event : events) {
            String name = event.path("name").asText();
            if (name.equals("model_run")) {
                run++;
            } else if (name.endsWith(NODE_SUFFIX)) {
                nodes.add(node(event, name, stage, run, firstLayer(file)));
            }
        }
        return nodes;
    }

    private static NodeTime node(JsonNode event, String name, int stage, int run, int firstLayer) {
        String node = name.substring(0, name.length() - NODE_SUFFIX.length());
        JsonNode arguments = event.path("args");
        return new NodeTime(
                stage,
                run,
                Place.of(node, firstLayer),
                arguments.path("op_name").asText(),
                node,
                event.path("ts").asLong(),
                event.path("dur").asLong(),
                arguments.path("output_size").asLong());
    }
}
