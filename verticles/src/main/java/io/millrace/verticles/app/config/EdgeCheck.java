package io.millrace.verticles.app.config;

import java.util.regex.Pattern;

/** What must hold between the settings of an edge or a center. */
final class EdgeCheck {
    private static final Pattern HOST_AND_PORT = Pattern.compile("([^\\s:]+|\\[[^\\s]+\\]):\\d{1,5}");

    private EdgeCheck() {}

    /** @throws ConfigException for the first rule that does not hold */
    static void check(Edge edge) {
        if (edge.role() == Edge.Role.NONE) {
            require(
                    edge.center().isEmpty(),
                    "edge.center: \"" + edge.center() + "\" is of no use without edge.role: edge");
            return;
        }
        require(
                edge.certificate().isPresent()
                        && edge.key().isPresent()
                        && edge.ca().isPresent(),
                "edge.certificate, edge.key and edge.ca are all needed: edge and center trust nobody without;"
                        + " ./millrace cluster-keys makes them, in a folder of their own");
        require(
                edge.role() != Edge.Role.EDGE
                        || HOST_AND_PORT.matcher(edge.center()).matches(),
                "edge.center: \"" + edge.center() + "\" is not HOST:PORT of a center");
        require(
                edge.minLogProb() <= 0,
                "edge.min-log-prob: " + edge.minLogProb() + " is not the logarithm of a probability: 0 or less");
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new ConfigException(message);
        }
    }
}
