package io.millrace.verticles.app.bench;

/** Is told how a benchmark goes; by any thread. */
public interface Watcher {

    /** One more request was answered, or has failed; warm-up included. */
    void answered();

    /** What is measured from now on, for people. */
    default void begins(String what) {}

    /** Nothing has come for a while; for people. */
    default void silent(String who) {}
}
