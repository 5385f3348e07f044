package io.millrace.verticles.testing;

import io.millrace.verticles.app.Main;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * {@code millrace serve} in a process of its own, with {@link HashingStage} as its model: everything but the weights is as an
 * operator starts it.
 */
public final class ServedNode {
    public static final String MODEL = "random:hashing";

    private static final int CONTEXT = 8192;
    private static final int SLOTS = 64;

    private final Path log;
    private final Process process;

    /**
     * Arguments: those of {@code millrace}. System properties: {@code step-millis} is how long a step takes; a file at
     * {@code exhaust} makes it run out of memory.
     */
    public static void main(String[] arguments) {
        Thread.ofVirtual().start(() -> exhaust(Path.of(System.getProperty("exhaust"))));
        Duration step = Duration.ofMillis(Integer.getInteger("step-millis", 15));
        CountingProvider.serve(MODEL, new HashingStage(step, SLOTS, CONTEXT));
        Main.main(arguments);
    }

    /**
     * Starts it.
     *
     * @param prefix    what runs it elsewhere, as {@code ip netns exec NAME}
     * @param exhaustion a file; when it is there the node runs out of memory
     * @param arguments of {@code millrace}
     * @param log       what it says is added here
     */
    public ServedNode(List<String> prefix, Path exhaustion, List<String> arguments, Path log) throws IOException {
        this.log = log;
        Files.createDirectories(log.getParent());
        File output = log.toFile();
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-Xmx192m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Djava.util.logging.config.file="
                        + Path.of("../conf/logging.properties").toAbsolutePath()));
        command.add("-Dexhaust=" + exhaustion);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ServedNode.class.getName()));
        command.addAll(arguments);
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output))
                .start();
    }

    private static void exhaust(Path when) {
        List<byte[]> all = new ArrayList<>();
        while (true) {
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            while (Files.exists(when)) {
                all.add(new byte[1024 * 1024]);
            }
        }
    }

    /** SIGKILL: it has no time for anything. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** SIGTERM: it drains. */
    public void terminate() {
        process.destroy();
    }

    /** Its exit code. */
    public int await(Duration patience) throws InterruptedException {
        if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("the node still runs; see " + log);
        }
        return process.exitValue();
    }

    public boolean alive() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    /** What it has said, and nodes before it on the same log. */
    public String said() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
