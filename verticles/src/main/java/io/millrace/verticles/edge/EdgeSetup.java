package io.millrace.verticles.edge;

import io.millrace.cluster.tier.TierPolicy;
import io.millrace.verticles.peer.NodeIdentity;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;

/**
 * What an edge has to know.
 *
 * @param center        where the center listens for edges
 * @param identity      shown to the center; its authority is the link's own, neither cluster's
 * @param takeOver      whether the edge computes what the center cannot; else its client is told to try again
 * @param probeInterval between two questions whether the center is there
 * @param probePatience how long it may take to answer one
 * @param centerTimeout how long the center may leave a stream without a word while its client reads
 * @param tokenWindow   tokens of one stream that may be under way; then its sequence stalls at the center
 */
public record EdgeSetup(
        SocketAddress center,
        NodeIdentity identity,
        TierPolicy policy,
        boolean takeOver,
        Duration probeInterval,
        Duration probePatience,
        Duration centerTimeout,
        int tokenWindow) {}
