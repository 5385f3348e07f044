package io.millrace.verticles.app.config;

/** What the KV cache is kept as. A runner refuses what it does not have. */
public enum KvPrecision {
    /** What the runner takes by itself. */
    AUTO,
    /** As the activations are. */
    SAME,
    FP8
}
