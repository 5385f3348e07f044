package io.millrace.verticles.app.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCatalogTest {
    @TempDir
    private Path folder;

    @Test
    void theShippedFileNamesTheDefaultModel() throws FetchException {
        ModelEntry entry = ModelCatalog.read(Path.of("../conf/models.yaml")).find("smollm2");
        assertEquals("SmolLM2-135M-Instruct.Q4_1.gguf", entry.fileName());
    }

    @Test
    void anUnknownNameIsAnsweredWithTheNearest() {
        FetchException e = assertThrows(
                FetchException.class,
                () -> ModelCatalog.read(Path.of("../conf/models.yaml")).find("smolm2"));
        assertTrue(e.getMessage().contains("did you mean smollm2?"), e.getMessage());
    }

    @Test
    void aPathIsRelativeToTheModelsFile() throws IOException {
        ModelEntry entry = read("{source: path, path: m/x.gguf, bytes: 1, sha256: " + "0".repeat(64) + "}");
        assertEquals(folder.resolve("m/x.gguf"), entry.source().fetch(folder, bytes -> {}));
    }

    @Test
    void aBrokenEntryIsAnErrorThatNamesIt() {
        assertRefused("{source: path, path: x, bytes: 1}", "mine has no sha256");
        assertRefused("{source: path, path: x, bytes: 1, sha256: abc}", "mine.sha256");
        assertRefused("{source: ftp, member: x, bytes: 1, sha256: " + "0".repeat(64) + "}", "\"ftp\"");
        assertRefused("7", "mine is not a section");
    }

    private void assertRefused(String entry, String part) {
        FetchException e = assertThrows(FetchException.class, () -> read(entry));
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    private ModelEntry read(String entry) throws IOException {
        Path file = Files.writeString(folder.resolve("models.yaml"), "mine: " + entry + "\n");
        return ModelCatalog.read(file).find("mine");
    }
}
