package io.millrace.model.converted;

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

class AtomicFolderTest {
    @TempDir
    private Path parent;

    @Test
    void aFolderIsThereOnceItIsWhole() throws Exception {
        AtomicFolder.write(parent.resolve("model"), folder -> {
            Files.writeString(folder.resolve("a"), "1");
            assertEquals(1, names().size());
            assertFalse(names().contains("model"));
        });
        assertEquals(List.of("model"), names());
        assertEquals("1", Files.readString(parent.resolve("model/a")));
    }

    @Test
    void ofADiskThatFillsUpOnTheWayNothingIsLeft() throws Exception {
        IOException full = assertThrows(
                IOException.class,
                () -> AtomicFolder.write(parent.resolve("model"), folder -> {
                    Files.writeString(folder.resolve("a"), "1");
                    throw new IOException("No space left on device");
                }));
        assertTrue(
                full.getMessage().endsWith("model could not be written: No space left on device"), full.getMessage());
        assertEquals(List.of(), names());
    }

    @Test
    void whatIsThereIsNotWrittenOver() throws Exception {
        Files.createDirectory(parent.resolve("model"));
        assertThrows(IOException.class, () -> AtomicFolder.write(parent.resolve("model"), folder -> {}));
        assertEquals(List.of("model"), names());
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(parent)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
