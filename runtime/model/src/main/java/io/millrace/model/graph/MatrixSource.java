package io.millrace.model.graph;

import java.util.List;

/**
 * What a matrix is made from, before it is said how it is kept.
 *
 * @param name  ours, which its regions begin with
 * @param bias  whether each of the parts has one
 * @param parts lie one below the other
 */
record MatrixSource(String name, int columns, boolean bias, List<MatrixPart> parts) {
    MatrixSource {
        parts = List.copyOf(parts);
    }

    static MatrixSource of(String name, int columns, MatrixPart... parts) {
        return new MatrixSource(name, columns, false, List.of(parts));
    }

    int rows() {
        return parts.stream().mapToInt(MatrixPart::rows).reduce(0, Math::addExact);
    }

    /**
     * Blocks of a row.
     *
     * @throws IllegalArgumentException where they do not fill it
     */
    int blocks() {
        if (columns % Block8.SIZE != 0) {
            throw new IllegalArgumentException(name + ": width " + columns + " is no multiple of " + Block8.SIZE);
        }
        return columns / Block8.SIZE;
    }
}
