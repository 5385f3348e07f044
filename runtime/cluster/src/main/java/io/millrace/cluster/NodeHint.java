package io.millrace.cluster;

import java.util.Objects;

/**
 * What a node says of itself, now and then.
 *
 * @param node     its id; no two nodes of a cluster have the same
 * @param host     where other nodes reach it
 * @param port     TCP port of its token streams
 * @param model    name of the model it runs
 * @param taking   whether it takes new sequences; false while its model loads or it drains
 * @param outstandingTokens prompt tokens to compute and output tokens expected, over all its sequences
 * @param freeCache share of its KV cache that is free, 0 to 1
 */
public record NodeHint(
        String node, String host, int port, String model, boolean taking, long outstandingTokens, double freeCache) {
    public NodeHint {
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(host, "host");
        Objects.requireNonNull(model, "model");
    }
}
