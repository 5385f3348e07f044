package io.millrace.verticles.app;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What a node shows to other nodes, in one flag. */
final class KeyOptions {
    @Option(
            names = "--keys",
            paramLabel = "FOLDER/NODE",
            description =
                    "Certificates of cluster-keys: keys/node-1 is keys/node-1.pem, keys/node-1-key.pem and keys/ca.pem.")
    private Optional<Path> keys = Optional.empty();

    Map<String, String> flags() {
        return keys.map(node -> Map.of(
                        "cluster.certificate",
                        node + ".pem",
                        "cluster.key",
                        node + "-key.pem",
                        "cluster.ca",
                        node.resolveSibling("ca.pem").toString()))
                .orElseGet(Map::of);
    }
}
