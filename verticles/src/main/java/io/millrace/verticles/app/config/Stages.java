package io.millrace.verticles.app.config;

import java.util.Arrays;
import java.util.List;

/**
 * A model whose later stages are on other nodes.
 *
 * @param nodes {@code host:port} of the second stage's node and on, with commas between; empty: all layers are here
 * @param port  TCP port of {@code serve-stage}; 0 takes a free one
 */
public record Stages(String nodes, int port) {
    public static final Stages NONE = new Stages("", 7803);

    /** Of the second stage's node and on. */
    public List<String> list() {
        return Arrays.stream(nodes.split(","))
                .map(String::strip)
                .filter(node -> !node.isEmpty())
                .toList();
    }
}
