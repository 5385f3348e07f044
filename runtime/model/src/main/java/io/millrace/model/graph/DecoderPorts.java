package io.millrace.model.graph;

/** Names of a shard graph's inputs and outputs, for those who build it and those who run it. */
public final class DecoderPorts {
    /** Input of the first shard: int32 {@code [batch, sequence]}. */
    public static final String TOKENS = "tokens";

    /** Input of later shards, output of all but the last: the residual stream, float32 {@code [batch, sequence, hidden]}. */
    public static final String HIDDEN_IN = "hidden_in";

    public static final String HIDDEN_OUT = "hidden_out";

    /** Positions of each row after this run, less one: int32 {@code [batch]}. */
    public static final String LAST_POSITIONS = "last_positions";

    /** The largest of the rows' positions after this run: int32 scalar. */
    public static final String TOTAL_LENGTH = "total_length";

    /** Input of the last shard: which of the {@code batch * sequence} tokens get logits, int64 {@code [rows]}, not empty. */
    public static final String LOGIT_ROWS = "logit_rows";

    /** Output of the last shard: float32 {@code [1, rows, vocabulary]}. */
    public static final String LOGITS = "logits";

    private DecoderPorts() {}

    /** Cache of a layer's keys: float32 {@code [batch, kv heads, capacity, head dim]}, the same memory in and out. */
    public static String pastKey(int layer) {
        return "past_key." + layer;
    }

    /** The layer that {@link #pastKey} was called with. */
    public static int layerOfPastKey(String name) {
        return Integer.parseInt(name.substring(name.lastIndexOf('.') + 1));
    }

    public static String pastValue(int layer) {
        return "past_value." + layer;
    }

    public static String presentKey(int layer) {
        return "present_key." + layer;
    }

    public static String presentValue(int layer) {
        return "present_value." + layer;
    }
}
