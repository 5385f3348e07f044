package io.millrace.model.paged;

/** How a rank's matrices are stored. Norms, biases, the rotary table and the embedding always have the activation type. */
public enum WeightFormat {
    /** As the activations. */
    DENSE,
    /** 8 bits less 128, in blocks along a row that share a scale. */
    INT8,
    /** 4 bits less 8, in blocks along a row that share a scale; the head has 8 bits. */
    INT4,
    /** {@link io.millrace.model.onnx.ElementType#FLOAT8E4M3FN}, each row with a scale. */
    FP8;

    /** What the head has where it is a matrix of its own: its errors go straight into the logits. */
    WeightFormat ofHead() {
        return this == INT4 ? INT8 : this;
    }
}
