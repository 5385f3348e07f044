package io.millrace.ort.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * CUDA C++ out of this package's resources.
 *
 * @param headers what the text may include, by name
 */
record KernelSource(String name, String text, Map<String, String> headers) {
    private static final List<String> HEADERS = List.of("numbers.cuh", "fp8.cuh", "mma.cuh", "block.cuh");

    static KernelSource read(String name) {
        Map<String, String> headers = new LinkedHashMap<>();
        HEADERS.forEach(header -> headers.put(header, resource(header)));
        return new KernelSource(name, resource(name), headers);
    }

    private static String resource(String name) {
        try (InputStream in = KernelSource.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its file " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
