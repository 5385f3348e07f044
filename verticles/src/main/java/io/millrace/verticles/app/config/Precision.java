package io.millrace.verticles.app.config;

/** What the weights are kept as. A runner refuses what it does not have. */
public enum Precision {
    /** What the runner takes by itself. */
    AUTO,
    FP32,
    FP16,
    BF16,
    INT8,
    INT4,
    /** Whole rows and whole tokens in 8 bits: the CPU's fastest. */
    W8A8,
    FP8
}
