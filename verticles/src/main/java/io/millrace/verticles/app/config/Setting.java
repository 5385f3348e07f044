package io.millrace.verticles.app.config;

import java.nio.file.Path;

/**
 * One configured value, still as text.
 *
 * @param origin where it was set, for messages: a file, a variable or a flag
 * @param base   the folder that a relative path is relative to
 */
record Setting(String value, String origin, Path base) {}
