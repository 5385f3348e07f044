package io.millrace.model.paged;

import io.millrace.model.graph.RowOrder;
import java.util.List;

/** What a weight of a rank is made of. */
sealed interface Content {
    /**
     * Rows of a stored matrix: row {@code i} is its row {@code order(rows.first() + i)}, cut to {@code columns}.
     *
     * @param tensor name in GGUF
     */
    record Part(String tensor, Span rows, RowOrder order, Span columns) {}

    /** Parts one below the other, each row turned by {@code encoder}. */
    record Rows(List<Part> parts, RowEncoder encoder) implements Content {}

    /** Parts, of which each is a stored vector, one after the other; their columns say nothing. */
    record Vector(List<Part> parts, RowEncoder encoder) implements Content {}

    /** Cosines or sines of the rotary embedding. */
    record Rotary(boolean sine, RowEncoder encoder) implements Content {}

    /** The same number all over. */
    record Constant(float value, RowEncoder encoder) implements Content {}

    RowEncoder encoder();
}
