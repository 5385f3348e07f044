package io.millrace.engine;

/** How a runner lets sequences of one beginning share the keys and values of it. */
public enum KvSharing {
    /** It does not: every sequence is computed from its first token. */
    NONE,

    /** The cache is paged: slices of several sequences name the same blocks, and nothing is copied. */
    IN_PLACE,

    /**
     * The cache is a row per sequence, which attention wants in one piece: blocks are copied into a store beside the rows and
     * out of it, as {@link StepPlan#copies} says.
     */
    BY_COPY;

    /**
     * Positions of a block of the store. Small, since what is left of a prompt behind its last whole block is computed by
     * every sequence anew: of 1,000 shared tokens 8, where blocks of 256 would leave 232.
     */
    public static final int COPY_TOKENS = 16;
}
