package io.millrace.model.graph;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What the matrices of a CPU graph are kept as. Norms, biases and the rotary table are float32 in all of them. */
public enum WeightPrecision {
    /** Layers whose weights have 4 bits in the file have them here, too; all others, embedding and head have 8. */
    AUTO,
    /** Blocks of 32 weights in 8 bits. */
    INT8,
    /** Blocks of 32 weights in 4 bits; embedding and head, which decide most about the logits, have 8. */
    INT4,
    /**
     * A scale for each row of a matrix and for each token, 8 bits on either side, in turned bases ({@link DecoderBasis}): whole numbers all
     * through a product, the fastest there is. The embedding has blocks of 32 in 8 bits.
     */
    W8A8,
    /** Stored as float16, computed in float32: half the file, not half the memory. */
    FP16,
    /** Stored as float8 (E4M3) with a scale for each row, computed in float32: a quarter of the file, not of the memory. */
    FP8,
    FP32;

    /** By its name in lower case, as a user writes it. */
    public static Optional<WeightPrecision> named(String name) {
        return Arrays.stream(values()).filter(each -> each.label().equals(name)).findFirst();
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether a row by itself is computed as it is among others: products in whole numbers have no order of sums. */
    public boolean roundsRowsAlike() {
        return this == W8A8;
    }
}
