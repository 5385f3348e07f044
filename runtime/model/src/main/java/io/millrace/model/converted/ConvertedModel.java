package io.millrace.model.converted;

import io.millrace.api.ModelManifest;
import io.millrace.api.TokenizerSpec;
import io.millrace.model.converted.DirectoryManifest.Contents;
import io.millrace.model.converted.DirectoryManifest.Shard;
import io.millrace.model.graph.ShardCut;
import io.millrace.model.graph.WeightPrecision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A converted model, all of whose files are as its manifest says. Replace a directory by moving another into its place:
 * what is written into a mapped file is read by whoever has it mapped.
 *
 * @param folder    of the weights
 * @param cuts      of the shards, in order
 * @param graphs    serialized ONNX models, one per shard
 * @param bytes     of the weights
 */
public record ConvertedModel(
        Path folder,
        ModelManifest manifest,
        TokenizerSpec tokenizer,
        WeightPrecision precision,
        List<ShardCut> cuts,
        List<byte[]> graphs,
        long bytes) {
    private static final long MOST_MANIFEST_BYTES = 1 << 20;
    private static final long MOST_GRAPH_BYTES = 256 << 20;
    private static final long MOST_TOKENIZER_BYTES = 256 << 20;

    public ConvertedModel {
        cuts = List.copyOf(cuts);
        graphs = List.copyOf(graphs);
    }

    /** Whether {@code path} is a directory that says of itself that it holds a converted model. */
    public static boolean isAt(Path path) {
        return Files.isRegularFile(path.resolve(DirectoryManifest.NAME));
    }

    /**
     * Reads every byte of the directory once, at the speed of SHA-256.
     *
     * @throws IOException naming the file that is missing, altered, or not to be trusted
     */
    public static ConvertedModel open(Path folder) throws IOException {
        Path file = folder.resolve(DirectoryManifest.NAME);
        DirectoryManifest manifest = JsonFile.read(file, DirectoryManifest.class, MOST_MANIFEST_BYTES);
        if (manifest.format() != DirectoryManifest.FORMAT) {
            throw new IOException(file + ": format " + manifest.format() + " is not this version's "
                    + DirectoryManifest.FORMAT + "; convert the model again");
        }
        WeightPrecision precision = WeightPrecision.named(manifest.precision())
                .orElseThrow(() -> new IOException(file + ": precision \"" + manifest.precision() + "\" is not known"));
        checkFiles(folder, manifest.files());
        List<byte[]> graphs = graphs(folder, manifest);
        TokenizerSpec tokenizer = JsonFile.read(
                listed(folder, manifest, manifest.tokenizer()), TokenizerSpec.class, MOST_TOKENIZER_BYTES);
        if (tokenizer.tokens().size() != manifest.model().vocabulary()) {
            throw new IOException(file + ": " + tokenizer.tokens().size() + " tokens are not the vocabulary's "
                    + manifest.model().vocabulary());
        }
        long bytes = manifest.files().get(manifest.weights()).bytes();
        List<ShardCut> cuts = cuts(file, manifest);
        // Last: what it says that cannot be is named above.
        if (!manifest.isSealed()) {
            throw new IOException(file + " was altered: its SHA-256 is not the one that it has of itself");
        }
        return new ConvertedModel(folder, manifest.model(), tokenizer, precision, cuts, graphs, bytes);
    }

    /** Names and lengths of all before the hash of any: what is plainly wrong is said at once. */
    private static void checkFiles(Path folder, Map<String, Contents> files) throws IOException {
        for (Map.Entry<String, Contents> file : files.entrySet()) {
            PlainFile.checkLength(PlainFile.named(folder, file.getKey()), file.getValue());
        }
        for (Map.Entry<String, Contents> file : files.entrySet()) {
            PlainFile.checkHash(folder.resolve(file.getKey()), file.getValue());
        }
    }

    private static List<byte[]> graphs(Path folder, DirectoryManifest manifest) throws IOException {
        listed(folder, manifest, manifest.weights());
        long weightBytes = manifest.files().get(manifest.weights()).bytes();
        List<byte[]> graphs = new ArrayList<>();
        for (Shard shard : manifest.shards()) {
            Path file = listed(folder, manifest, shard.graph());
            if (Files.size(file) > MOST_GRAPH_BYTES) {
                throw new IOException(file + " has " + Files.size(file) + " bytes; the limit is " + MOST_GRAPH_BYTES);
            }
            byte[] graph = Files.readAllBytes(file);
            GraphCheck.check(file, graph, manifest.weights(), weightBytes);
            graphs.add(graph);
        }
        return graphs;
    }

    private static Path listed(Path folder, DirectoryManifest manifest, String name) throws IOException {
        if (!manifest.files().containsKey(name)) {
            throw new IOException(folder.resolve(DirectoryManifest.NAME) + ": \"" + name.replaceAll("\\p{Cntrl}", "?")
                    + "\" is not among its files");
        }
        return PlainFile.named(folder, name);
    }

    private static List<ShardCut> cuts(Path file, DirectoryManifest manifest) throws IOException {
        List<ShardCut> cuts = new ArrayList<>();
        int next = 0;
        for (Shard shard : manifest.shards()) {
            if (shard.first() != next
                    || shard.end() <= next
                    || shard.end() > manifest.model().layers()) {
                throw new IOException(file + ": shard " + shard.graph() + " has layers " + shard.first() + " to "
                        + shard.end() + ", where layer " + next + " comes next");
            }
            cuts.add(new ShardCut(shard.first(), shard.end(), manifest.model().layers()));
            next = shard.end();
        }
        if (next != manifest.model().layers()) {
            throw new IOException(file + ": the shards end at layer " + next + " of "
                    + manifest.model().layers());
        }
        return cuts;
    }
}
