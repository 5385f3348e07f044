package io.millrace.model.converted;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
    void aFolderThatCannotBeMadeIsNamedWithItsParent() throws Exception {
        Path folder = Path.of("/proc/model");
        IOException refusal = assertThrows(IOException.class, () -> AtomicFolder.write(folder, filled -> {}));
        assertEquals("/proc/model could not be written: nothing can be made in /proc", refusal.getMessage());
    }

    @Test
    void ofAJvmThatIsToldToEndOnTheWayNothingIsLeft() throws Exception {
        Process writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        EndlessWriter.class.getName(),
                        parent.resolve("model").toString())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader said = writer.inputReader()) {
            assertEquals(EndlessWriter.WRITES, said.readLine());
            assertEquals(1, names().size());
            writer.destroy();
            assertTrue(writer.waitFor(60, TimeUnit.SECONDS));
            assertEquals(List.of(), names());
        } finally {
            writer.destroyForcibly();
        }
    }

    /** Adds files to a folder for as long as it can. */
    static final class EndlessWriter {
        private static final String WRITES = "writes";
        private static final int MOST_FILES = 10_000_000;

        public static void main(String[] arguments) throws IOException {
            AtomicFolder.write(Path.of(arguments[0]), folder -> {
                for (int i = 0; i < MOST_FILES; i++) {
                    Files.writeString(folder.resolve(Integer.toString(i)), "1");
                    if (i == 100) {
                        System.out.println(WRITES);
                    }
                }
            });
        }
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
