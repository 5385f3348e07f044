package io.millrace.verticles.app.models;

/**
 * A model that can be named.
 *
 * @param fileName what the file is called in the cache
 * @param bytes    how much has to be fetched
 * @param sha256   of the file, 64 hex digits in lower case
 */
public record ModelEntry(String name, String fileName, long bytes, String sha256, ModelSource source) {}
