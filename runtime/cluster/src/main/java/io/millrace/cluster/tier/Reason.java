package io.millrace.cluster.tier;

/** Why a tier has a request; the value of a metric's label. */
public enum Reason {
    ALWAYS,
    NEVER,
    /** No rule sends it to the center. */
    SIMPLE,
    LONG_PROMPT,
    LONG_ANSWER,
    MANY_TURNS,
    TOOLS,
    KEYWORD,
    /** The light model's first tokens were likely enough. */
    SURE,
    UNSURE,
    /** The center is gone, or broke: the edge has it. */
    CENTER_DOWN,
    CENTER_FULL,
    /** The edge would have kept it and has no room. */
    EDGE_FULL
}
