package io.millrace.ort.attention;

/**
 * What attention computes, apart from the numbers.
 *
 * @param heads    of queries; a multiple of {@code kvHeads}
 * @param kvHeads  of keys and values
 * @param width    of a head; a multiple of {@value #WIDTHS}
 * @param capacity positions of a slot; a multiple of {@value KeyBlocks#POSITIONS}
 * @param scale    factor of query times key
 * @param softcap  scores s become {@code softcap * tanh(s / softcap)}; 0 leaves them
 * @param window   positions that a token sees, its own among them; 0 is all
 */
public record AttentionShape(
        int heads, int kvHeads, int width, int capacity, double scale, double softcap, int window) {
    /** Two vectors of the widest kind. */
    public static final int WIDTHS = 32;

    public AttentionShape {
        require(kvHeads > 0 && heads > 0 && heads % kvHeads == 0, heads + " heads over " + kvHeads);
        require(takesWidth(width), "a head of width " + width + ", not of a multiple of " + WIDTHS);
        require(
                capacity > 0 && capacity % KeyBlocks.POSITIONS == 0,
                "a capacity of " + capacity + ", not of a multiple of " + KeyBlocks.POSITIONS);
        require(softcap >= 0 && window >= 0, "softcap " + softcap + ", window " + window);
    }

    /** Whether heads may be so wide. */
    public static boolean takesWidth(int width) {
        return width > 0 && width % WIDTHS == 0;
    }

    /** Positions of a slot that holds {@code positions} at least. */
    public static int capacity(int positions) {
        return Math.ceilDiv(positions, KeyBlocks.POSITIONS) * KeyBlocks.POSITIONS;
    }

    /** Query heads of a key's. */
    int group() {
        return heads / kvHeads;
    }

    /** First position that the token at {@code position} sees. */
    int first(int position) {
        return window == 0 ? 0 : Math.max(0, position + 1 - window);
    }

    /** First position of a block of keys that is read for a token at {@code position}. */
    int firstRead(int position) {
        int first = first(position);
        return first - first % KeyBlocks.POSITIONS;
    }

    /** Where a slot's keys of one head begin, and its values: float32 elements. */
    long head(int slot, int kvHead) {
        return ((long) slot * kvHeads + kvHead) * capacity * width;
    }

    private static void require(boolean met, String what) {
        if (!met) {
            throw new IllegalArgumentException(what);
        }
    }
}
