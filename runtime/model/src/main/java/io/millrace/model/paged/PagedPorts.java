package io.millrace.model.paged;

/**
 * Names of a rank graph's inputs and outputs, for those who build it and those who run it. {@code T} tokens of {@code B}
 * sequences lie packed one behind the other; {@code R} of them get logits.
 */
public final class PagedPorts {
    /** Input of the first stage: int32 {@code [T]}. */
    public static final String TOKENS = "tokens";

    /** Input of later stages, output of all but the last: the residual stream in activation type, {@code [T, hidden]}. */
    public static final String HIDDEN_IN = "hidden_in";

    public static final String HIDDEN_OUT = "hidden_out";

    /** Where each sequence's tokens begin, and at last {@code T}: int32 {@code [B + 1]}. */
    public static final String CUMULATIVE = "cumulative";

    /** Positions each sequence has in the cache before this run: int32 {@code [B]}. */
    public static final String PAST = "past";

    /** Cache blocks of each sequence in order of their positions: int32 {@code [B, most blocks]}; the rest of a row is not read. */
    public static final String BLOCK_TABLE = "block_table";

    /** Most tokens of a sequence in this run, and most positions after it; larger is right, too: int32 {@code [2]}, in CPU memory. */
    public static final String META = "meta";

    /** Input of the last stage: which of the {@code T} tokens get logits, int64 {@code [R]}, not empty. */
    public static final String ROWS = "rows";

    /** Output of the last stage: {@code [R, vocabulary]} in activation type. */
    public static final String LOGITS = "logits";

    private PagedPorts() {}

    /**
     * A layer's keys, read and written in place: {@code [blocks, block tokens, kv heads of the rank, head dim]} in cache type.
     *
     * @param layer counted over the whole model
     */
    public static String keyCache(int layer) {
        return "key." + layer;
    }

    /** As {@link #keyCache}. */
    public static String valueCache(int layer) {
        return "value." + layer;
    }
}
