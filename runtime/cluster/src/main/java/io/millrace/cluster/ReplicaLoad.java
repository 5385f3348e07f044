package io.millrace.cluster;

/**
 * A node as a {@link Router} sees it: its last hint, and what was sent to it since.
 *
 * @param outstandingTokens prompt tokens to compute and output tokens expected
 * @param freeCache         share of its KV cache that is free, 0 to 1
 */
public record ReplicaLoad(String node, long outstandingTokens, double freeCache) {
    /** Below this a cache counts as full: sequences wait for blocks there, and the wait does not grow without end. */
    private static final double LEAST_FREE = 1.0 / 8;

    /**
     * What adding {@code tokens} here costs, to be compared with other nodes and of no meaning alone: the tokens that
     * would then be outstanding, each dearer the fuller the cache is.
     */
    double cost(long tokens) {
        return (outstandingTokens + tokens) / Math.max(LEAST_FREE, freeCache);
    }
}
