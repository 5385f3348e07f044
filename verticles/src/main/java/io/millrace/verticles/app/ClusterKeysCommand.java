package io.millrace.verticles.app;

import io.millrace.verticles.cluster.ClusterKeys;
import io.millrace.verticles.peer.NodeIdentity;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes the certificates that the nodes of a cluster know each other by. */
@Command(
        name = "cluster-keys",
        description = {
            "Makes certificates for the nodes of a cluster, signed by an authority made with the first of them.",
            "Give each node ca.pem and its own two files; ca.p12 adds nodes and belongs on none of them."
        },
        mixinStandardHelpOptions = true)
final class ClusterKeysCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--folder", paramLabel = "FOLDER", description = "Where to put them (default: keys).")
    private Path folder = Path.of("keys");

    @Parameters(
            paramLabel = "NODE=HOST",
            arity = "1..*",
            description = "A node's id, and the address or name that other nodes reach it at.")
    private Map<String, String> nodes = new LinkedHashMap<>();

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        ClusterKeys keys = new ClusterKeys(folder);
        for (Map.Entry<String, String> node : nodes.entrySet()) {
            NodeIdentity made = keys.make(node.getKey(), node.getValue());
            out.printf("%s  %s  %s%n", made.certificate(), made.key(), made.authority());
        }
        return 0;
    }
}
