package io.millrace.verticles.app.models;

/** Hears how far a fetch is; called by the fetching thread. */
@FunctionalInterface
public interface FetchProgress {

    /** @param bytes what has arrived so far, a rough number */
    void arrived(long bytes);
}
