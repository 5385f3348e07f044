package io.millrace.engine;

/** What computes attention on the CPU. */
public enum CpuAttention {
    /** ONNX Runtime's own operator. */
    ONNXRUNTIME,
    /** Java's vectors, which need the module {@code jdk.incubator.vector}. */
    JAVA
}
