package io.millrace.verticles.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Every packet of a host's interface from now on, as {@code src/test/resources/capture.py} takes them. */
public final class PacketCapture {
    private static final int SECONDS = 60;

    private final Process process;
    private final Path file;

    public PacketCapture(List<String> prefix, String device, Path file) throws IOException {
        this.file = file;
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of("python3", "src/test/resources/capture.py", device, file.toString()));
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (!"listening".equals(process.inputReader().readLine())) {
            throw new IOException("no packets can be captured: see the standard error of capture.py");
        }
    }

    /** Their bytes, one char each. */
    public String stop() throws IOException, InterruptedException {
        try (OutputStream end = process.getOutputStream()) {
            end.flush();
        }
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
            throw new IOException("capture.py does not end");
        }
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }
}
