package io.millrace.verticles.app.models;

import java.nio.file.Path;

/** A place that a model file can be brought from. */
public interface ModelSource {

    /**
     * Brings the file; blocks for as long as that takes.
     *
     * @param workFolder an empty folder of the caller's, deleted afterwards
     * @return the file, in {@code workFolder} or where it lay already; its hash is not checked yet
     * @throws FetchException in words for the user
     */
    Path fetch(Path workFolder, FetchProgress progress) throws FetchException;
}
