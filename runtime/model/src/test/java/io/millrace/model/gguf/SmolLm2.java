package io.millrace.model.gguf;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The model that tests run with. */
public final class SmolLm2 {
    private static final String CACHED = ".cache/millrace/models/SmolLM2-135M-Instruct.Q4_1.gguf";

    static final long BYTES = 98_362_432;
    private static final int HEADER_BYTES = 1_785_664;

    private SmolLm2() {}

    /** All that comes before the tensors' data. */
    static byte[] header() throws IOException {
        try (InputStream file = Files.newInputStream(path())) {
            return file.readNBytes(HEADER_BYTES);
        }
    }

    public static Path path() {
        String named = System.getProperty("millrace.model");
        Path path = named == null ? Path.of(System.getProperty("user.home"), CACHED) : Path.of(named);
        if (!Files.isReadable(path)) {
            throw new AssertionError("No model at " + path + ": run ./millrace pull smollm2");
        }
        return path;
    }
}
