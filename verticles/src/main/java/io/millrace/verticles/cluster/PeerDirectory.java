package io.millrace.verticles.cluster;

import io.millrace.cluster.HintTable;
import io.millrace.cluster.NodeHint;
import io.millrace.cluster.ReplicaLoad;
import io.millrace.cluster.Router;
import io.millrace.cluster.Work;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * What this node knows of the others, and which of them gets a request. Several event loops ask, once a request each;
 * every call is short and guarded by this object.
 */
final class PeerDirectory {
    private final HintTable hints;
    private final Router router;
    private final LongSupplier nanoTime;
    private final MeanOutput meanOutput = new MeanOutput();

    PeerDirectory(ClusterSetup setup, LongSupplier nanoTime) {
        this.hints = new HintTable(setup.maxNodes(), setup.hintTtl().toNanos());
        this.router = setup.router().get();
        this.nanoTime = nanoTime;
    }

    synchronized void heard(NodeHint hint) {
        hints.heard(hint, nanoTime.getAsLong());
    }

    /** The node broke a stream or could not be reached: it gets nothing until it is heard again. */
    synchronized void forget(String node) {
        hints.forget(node);
    }

    synchronized boolean knows(String node) {
        return hints.find(node, nanoTime.getAsLong()).isPresent();
    }

    synchronized int known() {
        return hints.known(nanoTime.getAsLong());
    }

    /**
     * The node that gets a sequence; its load counts from now on.
     *
     * @param tokens to compute before the first new one
     * @param prefix a hash of how it begins
     * @param tried  nodes that will not do
     */
    synchronized Optional<NodeHint> choose(String model, int tokens, long prefix, Set<String> tried) {
        long now = nanoTime.getAsLong();
        List<ReplicaLoad> candidates = hints.candidates(model, now).stream()
                .filter(load -> !tried.contains(load.node()))
                .toList();
        if (candidates.isEmpty()) {
            return Optional.empty();
        }
        Work work = new Work(tokens + Math.round(meanOutput.tokens()), prefix);
        String chosen = router.choose(work, candidates).node();
        hints.sent(chosen, work.tokens());
        return hints.find(chosen, now);
    }

    synchronized void finished(int outputTokens) {
        meanOutput.finished(outputTokens);
    }

    /** Output tokens that a sequence is expected to have. */
    synchronized double meanOutput() {
        return meanOutput.tokens();
    }
}
