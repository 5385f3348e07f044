package io.millrace.verticles.app.config;

import java.nio.file.Path;

/** Where this user's programs keep what can be made or fetched again. */
public final class CacheFolder {
    private CacheFolder() {}

    /** {@code $XDG_CACHE_HOME/millrace}, else {@code ~/.cache/millrace}. */
    public static Path ofUser() {
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path caches = xdg == null || xdg.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(xdg);
        return caches.resolve("millrace");
    }
}
