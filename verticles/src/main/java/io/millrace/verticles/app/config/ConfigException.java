package io.millrace.verticles.app.config;

/** The configuration cannot be used; the message names the key, its value, where it was set and what would be right. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message);
    }
}
