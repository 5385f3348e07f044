package io.millrace.ort.cuda;

/** What follows a product before it is stored. */
enum Epilogue {
    NONE,
    /** Adds one number to each column. */
    BIAS,
    /** silu of the first half of the columns times the second half: half as many columns come out. */
    SILU_MUL
}
