package io.millrace.verticles.app.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCacheTest {
    /** SHA-256 of "abc", from FIPS 180-2's example. */
    private static final String ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @TempDir
    private Path folder;

    private int fetches;

    @Test
    void aFetchedFileIsKeptUnderItsNameAndNotFetchedAgain() throws IOException {
        ModelCache cache = new ModelCache(folder);
        Path file = cache.require(entry("abc"), bytes -> {});
        assertEquals("abc", Files.readString(file));
        assertEquals(file, cache.require(entry("abc"), bytes -> {}));
        assertEquals(file, cache.pull(entry("abc"), bytes -> {}));
        assertEquals(1, fetches);
    }

    @Test
    void aFileOfAnotherHashIsNotKept() throws IOException {
        FetchException e =
                assertThrows(FetchException.class, () -> new ModelCache(folder).require(entry("abd"), bytes -> {}));
        assertTrue(e.getMessage().contains(ABC), e.getMessage());
        assertEquals(List.of(".lock"), names());
    }

    @Test
    void pullReplacesADamagedFile() throws IOException {
        ModelCache cache = new ModelCache(folder);
        Path file = cache.require(entry("abc"), bytes -> {});
        Files.writeString(file, "abX");
        cache.pull(entry("abc"), bytes -> {});
        assertEquals("abc", Files.readString(file));
    }

    @Test
    void whatAKilledFetchLeftIsDeleted() throws IOException {
        Path leftover = Files.createDirectories(folder.resolve("models/.fetch-1"));
        Files.writeString(leftover.resolve("half.whl"), "half");
        new ModelCache(folder).require(entry("abc"), bytes -> {});
        assertFalse(Files.exists(leftover));
    }

    @Test
    void aFetchTooLargeForTheDiskIsRefusedBeforeItStarts() {
        ModelEntry huge = new ModelEntry("m", "m.gguf", Long.MAX_VALUE / 4, ABC, source("abc"));
        FetchException e = assertThrows(FetchException.class, () -> new ModelCache(folder).require(huge, bytes -> {}));
        assertTrue(e.getMessage().contains("MiB are needed"), e.getMessage());
        assertEquals(0, fetches);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("models"))) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private ModelEntry entry(String content) {
        return new ModelEntry("m", "m.gguf", 3, ABC, source(content));
    }

    private ModelSource source(String content) {
        return (work, progress) -> {
            fetches++;
            try {
                return Files.writeString(work.resolve("fetched"), content);
            } catch (IOException e) {
                throw new FetchException("cannot write", e);
            }
        };
    }
}
