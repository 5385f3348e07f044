package io.millrace.model.converted;

import io.millrace.api.ModelManifest;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * The file {@code manifest.json}.
 *
 * @param format    {@link #FORMAT}
 * @param source    name of the file it was made from, for people
 * @param precision of the weights, as the command line names it
 * @param model     its facts
 * @param shards    in the order of their layers
 * @param weights   name of the file that the graphs map
 * @param tokenizer name of the file with the vocabulary and the chat template
 * @param files     every file but this one, by name
 * @param sha256    of this file as it would be with nothing here, in lower-case hexadecimal: against accidents, as the others are
 */
record DirectoryManifest(
        int format,
        String source,
        String precision,
        ModelManifest model,
        List<Shard> shards,
        String weights,
        String tokenizer,
        Map<String, Contents> files,
        String sha256) {
    static final String NAME = "manifest.json";

    /** Raise it with every change to what runners expect of a graph or its weights. */
    static final int FORMAT = 2;

    /**
     * Layers {@code first} to {@code end - 1}.
     *
     * @param graph name of an ONNX file
     */
    record Shard(String graph, int first, int end) {}

    /** The same with its hash. */
    DirectoryManifest sealed() throws IOException {
        return with(PlainFile.sha256(JsonFile.bytes(with(""))));
    }

    /** Whether nothing was changed since it was sealed but for white space. */
    boolean isSealed() throws IOException {
        return equals(sealed());
    }

    private DirectoryManifest with(String hash) {
        return new DirectoryManifest(format, source, precision, model, shards, weights, tokenizer, files, hash);
    }

    /** @param sha256 in lower-case hexadecimal */
    record Contents(long bytes, String sha256) {}
}
