package io.millrace.model.graph;

import java.util.Optional;

/**
 * What is folded into a matrix W so that it maps turned vectors to turned vectors: {@code output * W * diag(norm) * input^T}.
 *
 * @param norm   the tensor of a norm's weights, whose work the matrix takes over
 * @param input  turns each so many entries of a row
 * @param output turns each so many rows
 */
record BasisChange(Optional<String> norm, Optional<Rotation> input, Optional<Rotation> output) {
    static final BasisChange NONE = new BasisChange(Optional.empty(), Optional.empty(), Optional.empty());

    BasisChange normedBy(String weights) {
        return new BasisChange(Optional.of(weights), input, output);
    }
}
