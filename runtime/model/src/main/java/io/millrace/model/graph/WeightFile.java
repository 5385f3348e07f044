package io.millrace.model.graph;

import io.millrace.api.ModelManifest;
import io.millrace.model.gguf.Checkpoint;
import io.millrace.model.gguf.GgmlType;
import io.millrace.model.gguf.GgufException;
import io.millrace.model.safetensors.HuggingFaceModel;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Properties;
import java.util.zip.CRC32C;

/**
 * The weights of a GGUF file, or of some of its layers, as our graphs want them: derived once, kept in the cache folder, mapped by ONNX Runtime.
 *
 * <p>Beside the weights lies a small manifest, written last: what they were derived from, their length and checksum.
 * Where it is missing or does not agree, the weights are derived again. Both files are written under another name and
 * moved, so that processes that start together, or die at it, do no harm.
 */
public final class WeightFile {
    /** Raise it with every change of what lies in the file, or where. */
    private static final String FORMAT = "5";

    private static final long CHECKSUM_PIECE = 1 << 30;

    private final Path path;
    private final WeightLayout layout;

    private WeightFile(Path path, WeightLayout layout) {
        this.path = path;
        this.layout = layout;
    }

    /**
     * Finds or derives the weights of {@code tensors}. Deriving takes about a second per hundred million weights.
     *
     * @param source the file or directory that {@code tensors} was opened from
     * @param model  what was read of it
     * @param cut    the layers that are wanted: a part of them is a file of its own, so that a machine keeps no more
     * @param cache  made where it is missing
     * @throws IOException where a width of the model does not fit our blocks, or the folder cannot be written
     */
    public static WeightFile open(
            Checkpoint tensors, Path source, ModelManifest model, ShardCut cut, Path cache, WeightPrecision precision)
            throws IOException {
        WeightLayout layout = layout(tensors, source, model, cut, precision);
        Files.createDirectories(cache);
        String name = source.getFileName() + "-"
                + Integer.toHexString(source.toAbsolutePath().hashCode());
        WeightFile file = new WeightFile(cache.resolve(name + part(cut) + "." + precision.label()), layout);
        Properties origin = origin(source, layout);
        if (!file.isDerivedFrom(origin)) {
            file.derive(tensors, model, origin);
        }
        return file;
    }

    /**
     * Writes the weights to a new file that nobody derives again, forced to disk.
     *
     * @throws IOException where {@code path} exists, a width of the model does not fit our blocks, or the disk is full
     */
    public static WeightFile write(
            Checkpoint tensors, Path source, ModelManifest model, Path path, WeightPrecision precision)
            throws IOException {
        WeightFile file = new WeightFile(path, layout(tensors, source, model, ShardCut.whole(model), precision));
        try (FileChannel out = FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            new WeightWriter(tensors, model, file.layout, out).write();
            out.force(true);
        }
        return file;
    }

    private static WeightLayout layout(
            Checkpoint tensors, Path source, ModelManifest model, ShardCut cut, WeightPrecision precision)
            throws IOException {
        try {
            return WeightLayout.of(model, cut, name -> type(tensors, name), precision);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new IOException(source + ": " + e.getMessage(), e);
        }
    }

    private static GgmlType type(Checkpoint tensors, String tensor) {
        try {
            return tensors.tensor(tensor).type();
        } catch (GgufException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static String part(ShardCut cut) {
        return cut.size() == cut.layers() ? "" : "-%d-%d-of-%d".formatted(cut.first(), cut.end() - 1, cut.layers());
    }

    public Path path() {
        return path;
    }

    WeightLayout layout() {
        return layout;
    }

    public long bytes() {
        return layout.bytes();
    }

    private static Properties origin(Path source, WeightLayout layout) throws IOException {
        Properties origin = new Properties();
        origin.setProperty("format", FORMAT);
        origin.setProperty("source", source.toAbsolutePath().toString());
        List<Path> files = HuggingFaceModel.isAt(source) ? HuggingFaceModel.weightFiles(source) : List.of(source);
        for (Path file : files) {
            String name = files.size() == 1 ? "source" : file.getFileName().toString();
            origin.setProperty(name + ".bytes", Long.toString(Files.size(file)));
            origin.setProperty(
                    name + ".modified", Files.getLastModifiedTime(file).toString());
        }
        origin.setProperty("bytes", Long.toString(layout.bytes()));
        return origin;
    }

    private boolean isDerivedFrom(Properties origin) throws IOException {
        if (!Files.isRegularFile(manifest()) || !Files.isRegularFile(path) || Files.size(path) != layout.bytes()) {
            return false;
        }
        Properties expected = new Properties();
        expected.putAll(origin);
        expected.setProperty("crc32c", checksum(path));
        Properties found = new Properties();
        try (Reader reader = Files.newBufferedReader(manifest())) {
            found.load(reader);
        } catch (IllegalArgumentException | CharacterCodingException e) {
            return false;
        }
        return found.equals(expected);
    }

    private void derive(Checkpoint tensors, ModelManifest model, Properties origin) throws IOException {
        Files.deleteIfExists(manifest());
        Path folder = path.getParent();
        Path temporary = Files.createTempFile(folder, "deriving", ".weights");
        // Of a process that is ended while it derives, by Ctrl-C, say, no half of a file stays in the cache.
        temporary.toFile().deleteOnExit();
        try {
            try (FileChannel out = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                new WeightWriter(tensors, model, layout, out).write();
                out.force(true);
            }
            origin.setProperty("crc32c", checksum(temporary));
            Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
        writeManifest(folder, origin);
    }

    private void writeManifest(Path folder, Properties origin) throws IOException {
        Path temporary = Files.createTempFile(folder, "deriving", ".properties");
        try {
            try (Writer writer = Files.newBufferedWriter(temporary)) {
                origin.store(writer, "Derived by Millrace; may be deleted");
            }
            Files.move(temporary, manifest(), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private Path manifest() {
        return path.resolveSibling(path.getFileName() + ".properties");
    }

    /** Of the whole file: CRC-32C runs at memory speed, and the pages are wanted next anyway. */
    private static String checksum(Path file) throws IOException {
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ);
                Arena arena = Arena.ofConfined()) {
            MemorySegment all = in.map(FileChannel.MapMode.READ_ONLY, 0, in.size(), arena);
            CRC32C crc = new CRC32C();
            for (long at = 0; at < all.byteSize(); at += CHECKSUM_PIECE) {
                long piece = Math.min(CHECKSUM_PIECE, all.byteSize() - at);
                crc.update(all.asSlice(at, piece).asByteBuffer());
            }
            return Long.toHexString(crc.getValue());
        }
    }
}
