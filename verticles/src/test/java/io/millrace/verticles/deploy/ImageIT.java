package io.millrace.verticles.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.verticles.testing.ExternalProgram;
import io.millrace.verticles.testing.RealNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The container image that {@code -Pimage} has built, unpacked and run as its own user; changing the root needs root. */
class ImageIT {
    private static final Path DEPLOY = Path.of("../deploy/image");
    /** The user of the image's configuration. */
    private static final String USER = "65532";

    @TempDir
    private Path folder;

    @Test
    void theImageServesAsAUserWithoutRightsAndDrainsOnSigterm() throws Exception {
        String image = System.getProperty("millrace.image");
        Assumptions.assumeTrue(image != null, "not built with -Pimage");
        Assumptions.assumeTrue(ExternalProgram.run("id", "-u").output().strip().equals("0"), "not root");
        Path root = folder.resolve("root");
        ExternalProgram.run("bash", DEPLOY.resolve("unpack.sh").toString(), image, root.toString())
                .assertSucceeded();
        assertTrue(Files.notExists(root.resolve("bin/sh")), "a shell in the image");
        Files.copy(RealNode.model(), root.resolve("models/model.gguf"));
        Process node = new ProcessBuilder(
                        "bash",
                        DEPLOY.resolve("run-unpacked.sh").toString(),
                        root.toString(),
                        image,
                        "serve",
                        "--model",
                        "/models/model.gguf",
                        "--port",
                        "0",
                        "--quic-port",
                        "0")
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(node.getInputStream(), StandardCharsets.UTF_8))) {
            String url = untilReady(output);
            assertEquals(USER, userOf(node));
            ExternalProgram.run(
                            "curl",
                            "-sf",
                            url + "/completions",
                            "--json",
                            "{\"prompt\": \"The sky is\", \"max_tokens\": 4}")
                    .assertSucceeded();
            node.destroy();
            assertTrue(node.waitFor(1, TimeUnit.MINUTES), "it did not drain");
            assertEquals(0, node.exitValue());
        } finally {
            node.destroyForcibly();
        }
    }

    /** Reads to the line that says ready. */
    private static String untilReady(BufferedReader output) throws Exception {
        String url = "";
        StringBuilder all = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            all.append(line).append('\n');
            if (line.startsWith("http://")) {
                url = line.substring(0, line.indexOf(' '));
            }
            if (line.equals("ready")) {
                return url;
            }
        }
        throw new AssertionError("it ended before it was ready:\n" + all);
    }

    private static String userOf(Process process) throws Exception {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
            return lines.filter(line -> line.startsWith("Uid:"))
                    .findFirst()
                    .orElseThrow()
                    .split("\\s+")[1];
        }
    }
}
