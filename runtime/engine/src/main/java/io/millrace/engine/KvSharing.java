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
     * Positions of a block of the store. Small, since of what is left behind the last whole block that sequences have in common,
     * each finds only what a whole block of another sequence begins with.
     */
    public static final int COPY_TOKENS = 16;
}
