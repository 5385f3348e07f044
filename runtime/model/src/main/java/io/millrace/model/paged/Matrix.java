package io.millrace.model.paged;

import java.util.Optional;

/**
 * A matrix of a rank's graph, {@code [rows, columns]}: the graph multiplies by its transpose.
 *
 * @param scales of all formats but {@link WeightFormat#DENSE}
 * @param block  weights that share a scale, 0 where a row does or there are none
 */
record Matrix(
        WeightFormat format,
        int rows,
        int columns,
        int block,
        WeightTensor values,
        Optional<WeightTensor> scales,
        Optional<WeightTensor> bias) {}
