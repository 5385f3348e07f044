package io.millrace.verticles.app.models;

import io.millrace.verticles.app.config.CacheFolder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Brings a named model into the cache, for the build: run from source by the parent pom before any test, so that the
 * build and {@code millrace pull} are one code.
 */
public final class FetchModel {
    private FetchModel() {}

    /** @param args the models file and the model's name */
    public static void main(String[] args) {
        try {
            ModelEntry entry = ModelCatalog.read(Path.of(args[0])).find(args[1]);
            ModelCache cache = new ModelCache(CacheFolder.ofUser());
            if (!Files.exists(cache.file(entry))) {
                System.out.println("fetching " + entry.name() + ", " + entry.bytes() / 1_000_000 + " MB");
            }
            cache.require(entry, bytes -> {});
        } catch (FetchException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }
}
