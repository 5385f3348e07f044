package io.millrace.model.paged;

/** Which steps a rank's graph is for. */
public enum StepKind {
    /** Any mix of decode rows and prefill chunks. */
    ANY,
    /** Exactly one token of every sequence: {@code T = B}. Has no inputs {@link PagedPorts#CUMULATIVE} and {@link PagedPorts#META}. */
    DECODE
}
