package io.millrace.verticles.app;

import io.millrace.verticles.app.config.LogLevel;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Sets how much is logged; the form stands in {@code conf/logging.properties}. */
final class Logging {
    /** Kept here: java.util.logging forgets the level of a logger that nobody holds. */
    private static final Logger MILLRACE = Logger.getLogger("io.millrace");

    private Logging() {}

    /** Libraries never log more than INFO: their debugging output may hold what clients sent. */
    static void level(LogLevel level) {
        MILLRACE.setLevel(level.jul());
        Level libraries = level.jul().intValue() < Level.INFO.intValue() ? Level.INFO : level.jul();
        Logger.getLogger("").setLevel(libraries);
    }
}
