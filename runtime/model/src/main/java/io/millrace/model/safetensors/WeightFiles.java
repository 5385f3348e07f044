package io.millrace.model.safetensors;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.model.gguf.GgufTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Finds the weight files of a directory, and all their tensors. */
final class WeightFiles {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";

    /** Names of some 100,000 tensors. */
    private static final long MAX_INDEX = 32 << 20;

    /** The largest models have some 200. */
    private static final int MAX_FILES = 1024;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}\\.safetensors");

    private WeightFiles() {}

    /** In a fixed order: one, or those that the index names. */
    static List<Path> of(Path folder) throws IOException {
        Path single = folder.resolve(SINGLE);
        if (Files.isRegularFile(single)) {
            return List.of(single);
        }
        Path index = folder.resolve(INDEX);
        if (!Files.isRegularFile(index)) {
            throw new IOException("there is neither " + SINGLE + " nor " + INDEX);
        }
        Set<String> names = new LinkedHashSet<>();
        for (Map.Entry<String, JsonNode> entry :
                JsonObject.read(index, MAX_INDEX).object("weight_map").node().properties()) {
            names.add(checked(entry.getKey(), entry.getValue().asText()));
        }
        if (names.size() > MAX_FILES) {
            throw new IOException(INDEX + " names " + names.size() + " files, more than " + MAX_FILES);
        }
        List<Path> files = new ArrayList<>();
        names.stream().sorted().forEach(name -> files.add(folder.resolve(name)));
        return files;
    }

    private static String checked(String tensor, String file) throws IOException {
        if (!NAME.matcher(file).matches()) {
            throw new IOException(INDEX + ": the file of " + tensor + " is \"" + file.replaceAll("\\p{Cntrl}", "?")
                    + "\", no plain name of a safetensors file in this directory");
        }
        return file;
    }

    /** Tensors by their names, mapped until {@code arena} is closed. */
    static Map<String, GgufTensor> map(List<Path> files, Arena arena) throws IOException {
        Map<String, GgufTensor> tensors = new LinkedHashMap<>();
        for (Path file : files) {
            if (!Files.isRegularFile(file)) {
                throw new IOException(file.getFileName() + " is missing");
            }
            for (GgufTensor tensor : SafetensorsFile.map(file, arena).values()) {
                if (tensors.put(tensor.name(), tensor) != null) {
                    throw new IOException(file.getFileName() + ": tensor " + tensor.name() + " is in two files");
                }
            }
        }
        return tensors;
    }
}
