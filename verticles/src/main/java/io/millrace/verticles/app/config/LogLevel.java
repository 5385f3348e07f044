package io.millrace.verticles.app.config;

import java.util.logging.Level;

/** How much the node says, by SLF4J's names. */
public enum LogLevel {
    ERROR(Level.SEVERE),
    WARN(Level.WARNING),
    INFO(Level.INFO),
    DEBUG(Level.FINE),
    TRACE(Level.FINEST);

    private final Level level;

    LogLevel(Level level) {
        this.level = level;
    }

    /** The level of {@code java.util.logging} that SLF4J maps this name to. */
    public Level jul() {
        return level;
    }
}
