package io.millrace.model.graph;

/**
 * A tensor of the checkpoint that gives {@code rows} rows of a matrix, in {@code order}.
 *
 * @param tensor its name, without {@code .weight} or {@code .bias}
 * @param change what is folded into it
 * @param rest   whether it is what rounding the rows has lost, which are another part
 */
record MatrixPart(String tensor, int rows, RowOrder order, BasisChange change, boolean rest) {
    /** Rows as they are stored. */
    static MatrixPart of(String tensor, int rows, BasisChange change) {
        return new MatrixPart(tensor, rows, RowOrder.AS_STORED, change, false);
    }

    MatrixPart lost() {
        return new MatrixPart(tensor, rows, order, change, true);
    }
}
