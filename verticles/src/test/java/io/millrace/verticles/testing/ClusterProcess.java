package io.millrace.verticles.testing;

import io.millrace.api.Limits;
import io.millrace.verticles.cluster.ClusterSetup;
import io.millrace.verticles.cluster.Membership;
import io.vertx.core.VertxOptions;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A node of a cluster in a process of its own, with {@link HashingStage} as its model, to be killed. */
public final class ClusterProcess {
    public static final Duration STEP = Duration.ofMillis(15);
    private static final Path LOGS = Path.of("target/cluster-processes").toAbsolutePath();

    private ClusterProcess() {}

    /** Arguments: its index, then the membership port of every node. Ends with its standard input. */
    public static void main(String[] arguments) throws Exception {
        int index = Integer.parseInt(arguments[0]);
        List<Integer> ports =
                Arrays.stream(arguments).skip(1).map(Integer::valueOf).toList();
        join(new TestCluster("ours", ports).setup(index));
        while (System.in.read() >= 0) {
            // The parent says nothing; it ends.
        }
        Runtime.getRuntime().halt(0);
    }

    /** A node in this process. */
    public static TestReplica join(ClusterSetup setup) throws Exception {
        Limits limits = Limits.DEFAULTS;
        var joined = RealNode.await(Membership.join(setup, new VertxOptions().setEventLoopPoolSize(2)));
        TestReplica replica = new TestReplica(
                joined.vertx(), limits, new HashingStage(STEP, limits.maxBatch(), limits.contextTokens()));
        replica.join(setup, joined.hints());
        return replica;
    }

    /** Another process; what it says goes to a file in {@code target/cluster-processes}. */
    public static Process start(int index, List<Integer> ports) throws IOException {
        Files.createDirectories(LOGS);
        File log = LOGS.resolve("node-" + index + ".log").toFile();
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = new ArrayList<>(List.of(
                java,
                "-Xmx192m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Djava.util.logging.config.file="
                        + Path.of("../conf/logging.properties").toAbsolutePath(),
                "-cp",
                System.getProperty("java.class.path"),
                ClusterProcess.class.getName(),
                Integer.toString(index)));
        ports.forEach(port -> command.add(port.toString()));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                .start();
    }
}
