package io.millrace.model.converted;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder that is there whole and on disk, or not at all: written under another name and moved. Of one that is being written when the
 * JVM is told to end, by Ctrl-C, say, nothing is left either.
 */
final class AtomicFolder {
    private static final System.Logger LOG = System.getLogger(AtomicFolder.class.getName());

    /** Files that a writer may still add while what it has written is taken away. */
    private static final int ATTEMPTS = 100;

    private final Path partial;
    /** Guarded by this: the folder either moves or goes, never part of it. */
    private boolean abandoned;

    private AtomicFolder(Path partial) {
        this.partial = partial;
    }

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
        Path partial = parent.resolve(folder.getFileName() + ".partial-" + suffix);
        AtomicFolder written = new AtomicFolder(partial);
        Thread onExit = new Thread(written::abandon, "abandon-" + folder.getFileName());
        Runtime.getRuntime().addShutdownHook(onExit);
        try {
            Files.createDirectory(partial);
            filling.fill(partial);
            for (Path file : list(partial)) {
                force(file, StandardOpenOption.WRITE);
            }
            force(partial, StandardOpenOption.READ);
            written.moveTo(folder);
            force(parent, StandardOpenOption.READ);
        } catch (NoSuchFileException | AccessDeniedException e) {
            throw new IOException(folder + " could not be written: nothing can be made in " + parent, e);
        } catch (IOException e) {
            throw new IOException(folder + " could not be written: " + e.getMessage(), e);
        } finally {
            delete(partial);
            forget(onExit);
        }
    }

    private synchronized void moveTo(Path folder) throws IOException {
        if (abandoned) {
            throw new IOException("interrupted");
        }
        Files.move(partial, folder, StandardCopyOption.ATOMIC_MOVE);
    }

    /** On a thread of the JVM's end, while the writer goes on: it fails once its folder is gone. */
    synchronized void abandon() {
        abandoned = true;
        for (int i = 0; i < ATTEMPTS && Files.exists(partial); i++) {
            try {
                delete(partial);
            } catch (IOException | UncheckedIOException e) {
                LOG.log(System.Logger.Level.DEBUG, "once more: " + partial, e);
            }
        }
    }

    private static void forget(Thread onExit) {
        try {
            Runtime.getRuntime().removeShutdownHook(onExit);
        } catch (IllegalStateException e) {
            LOG.log(System.Logger.Level.DEBUG, "the JVM ends already", e);
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
                Files.deleteIfExists(path);
            }
        }
    }
}
