package io.millrace.api;

/** Who made an answer, where a node near the clients runs a light model and a center a better one. */
public enum Tier {
    /** The node is no edge: there is one model, or the client is at the center itself. */
    UNSPECIFIED,
    EDGE,
    CENTER,
    /** The center began and was lost; the edge went on from the tokens that were there. */
    CENTER_THEN_EDGE
}
