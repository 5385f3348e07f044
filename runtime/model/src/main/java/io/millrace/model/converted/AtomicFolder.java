package io.millrace.model.converted;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder that is there whole and on disk, or not at all: written under another name and moved. */
final class AtomicFolder {
    private AtomicFolder() {}

    /** Fills an empty folder with files. */
    @FunctionalInterface
    interface Filling {
        void fill(Path folder) throws IOException;
    }

    /**
     * Where {@code filling} fails, for a full disk as for a bug, nothing is left behind.
     *
     * @throws IOException where {@code folder} exists, or whatever went wrong
     */
    static void write(Path folder, Filling filling) throws IOException {
        if (Files.exists(folder)) {
            throw new IOException(folder + " exists already; a converted model is never written over another");
        }
        Path parent = folder.toAbsolutePath().getParent();
        Files.createDirectories(parent);
        String suffix = Long.toHexString(new SecureRandom().nextLong());
        Path partial = Files.createDirectory(parent.resolve(folder.getFileName() + ".partial-" + suffix));
        try {
            filling.fill(partial);
            for (Path file : list(partial)) {
                force(file, StandardOpenOption.WRITE);
            }
            force(partial, StandardOpenOption.READ);
            Files.move(partial, folder, StandardCopyOption.ATOMIC_MOVE);
            force(parent, StandardOpenOption.READ);
        } catch (IOException e) {
            throw new IOException(folder + " could not be written: " + e.getMessage(), e);
        } finally {
            delete(partial);
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    /** Not before this has returned is a file, or the list of a folder's files, safe from a loss of power. */
    private static void force(Path path, StandardOpenOption option) throws IOException {
        try (FileChannel channel = FileChannel.open(path, option)) {
            channel.force(true);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.notExists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
