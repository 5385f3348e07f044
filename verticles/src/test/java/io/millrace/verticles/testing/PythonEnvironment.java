package io.millrace.verticles.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The virtual environment of the scripts in {@code src/test/python}, made anew when their requirements change. */
public final class PythonEnvironment {
    private static final Path SCRIPTS = Path.of("src/test/python").toAbsolutePath();
    private static final Path FOLDER = Path.of("target/venv").toAbsolutePath();

    private PythonEnvironment() {}

    /** Fetches packages the first time. */
    public static void create() throws Exception {
        Path requirements = SCRIPTS.resolve("requirements.txt");
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(requirements));
        String wanted = HexFormat.of().formatHex(hash);
        Path stamp = FOLDER.resolve("requirements.sha256");
        if (Files.exists(stamp) && Files.readString(stamp).equals(wanted)) {
            return;
        }
        ExternalProgram.run("python3", "-m", "venv", "--clear", FOLDER.toString())
                .assertSucceeded();
        ExternalProgram.run(python(), "-m", "pip", "install", "--quiet", "--requirement", requirements.toString())
                .assertSucceeded();
        Files.writeString(stamp, wanted);
    }

    /** Runs a script to its end. */
    public static ExternalProgram.Result run(String script, List<String> arguments) throws Exception {
        // -B: no compiled files among the sources.
        List<String> command =
                new ArrayList<>(List.of(python(), "-B", SCRIPTS.resolve(script).toString()));
        command.addAll(arguments);
        return ExternalProgram.run(command);
    }

    private static String python() {
        return FOLDER.resolve("bin/python").toString();
    }
}
