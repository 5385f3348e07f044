package io.millrace.model.paged;

import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.OnnxGraph;

/**
 * Which operators a rank's graph is written in. All dialects have the same ports, weights and layouts, but for the
 * element types.
 */
public enum GraphDialect {
    /** For ONNX Runtime's CPU provider. PagedAttention is {@code millrace}'s, with the interface of {@code com.microsoft}'s. */
    HOST(OnnxGraph.MILLRACE, false, ElementType.FLOAT32),
    /** For the CUDA provider, with {@code millrace}'s own matrix products and gate. */
    CUDA(OnnxGraph.MICROSOFT, true, ElementType.FLOAT16),
    /** For the CUDA provider's own kernels: what ours are measured against. */
    CUDA_STOCK(OnnxGraph.MICROSOFT, false, ElementType.FLOAT16);

    private final String attentionDomain;
    private final boolean ownKernels;
    private final ElementType activations;

    GraphDialect(String attentionDomain, boolean ownKernels, ElementType activations) {
        this.attentionDomain = attentionDomain;
        this.ownKernels = ownKernels;
        this.activations = activations;
    }

    /** Type of the activations where the user names none. */
    public ElementType activations() {
        return activations;
    }

    String attentionDomain() {
        return attentionDomain;
    }

    /** Whether matrix products and the gate are operators of ours. */
    boolean ownKernels() {
        return ownKernels;
    }

    /** @throws IllegalArgumentException where there is no operator for {@code precision} */
    void check(PagedPrecision precision) {
        if (this == HOST && precision.activations() != ElementType.FLOAT32) {
            throw new IllegalArgumentException("the host computes in fp32 only, not " + precision.activations());
        }
        if (this == HOST && precision.scaledCache()) {
            throw new IllegalArgumentException("kv-precision fp8 needs a CUDA device");
        }
        if (this != HOST && precision.activations() == ElementType.FLOAT32) {
            throw new IllegalArgumentException("PagedAttention on CUDA computes in fp16 or bf16, not fp32");
        }
        if (this == CUDA_STOCK && precision.weights() == WeightFormat.FP8) {
            throw new IllegalArgumentException("the CUDA provider has no matrix product of fp8 weights");
        }
    }
}
