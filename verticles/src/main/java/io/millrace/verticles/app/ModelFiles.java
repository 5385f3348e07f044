package io.millrace.verticles.app;

import io.millrace.verticles.app.config.NodeConfig;
import io.millrace.verticles.app.models.FetchException;
import io.millrace.verticles.app.models.ModelCache;
import io.millrace.verticles.app.models.ModelCatalog;
import io.millrace.verticles.app.models.ModelEntry;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/** Finds the model file that a configuration means, and fetches it where it is a named one that is missing. */
final class ModelFiles {
    private final NodeConfig config;
    private final PrintWriter notes;

    /** @param notes for what is fetched */
    ModelFiles(NodeConfig config, PrintWriter notes) {
        this.config = config;
        this.notes = notes;
    }

    /**
     * The file or directory; for a model that has none, its name.
     *
     * @throws FetchException in words for the user
     */
    Path locate() throws FetchException {
        if (config.randomModel()) {
            return Path.of(config.model());
        }
        Path file = Path.of(config.model());
        if (Files.isRegularFile(file) || Files.isDirectory(file)) {
            return file;
        }
        if (config.model().endsWith(".gguf") || file.getNameCount() > 1) {
            throw new FetchException("the model file " + file.toAbsolutePath() + " does not exist");
        }
        ModelEntry entry = find(config.model());
        Path cached = cache().file(entry);
        return Files.isRegularFile(cached) ? cached : pull(entry);
    }

    /** Fetches a named model; a file that is there is checked and, where damaged, replaced. */
    Path pull(String name) throws FetchException {
        return pull(find(name));
    }

    private Path pull(ModelEntry entry) throws FetchException {
        if (Files.notExists(cache().file(entry))) {
            notes.println("fetching " + entry.name() + ", " + entry.bytes() / 1_000_000 + " MB");
            notes.flush();
        }
        try (ProgressLine line = new ProgressLine(entry.name(), entry.bytes(), "MB", 1_000_000)) {
            return cache().pull(entry, line::to);
        }
    }

    private ModelEntry find(String name) throws FetchException {
        return ModelCatalog.read(config.modelsFile()).find(name);
    }

    private ModelCache cache() {
        return new ModelCache(config.cacheDir());
    }
}
