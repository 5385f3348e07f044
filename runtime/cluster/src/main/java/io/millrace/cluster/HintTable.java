package io.millrace.cluster;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The last hint of every node, as long as it counts. Owned by one thread.
 *
 * <p>Age is measured from when a hint was heard, on the clock of whoever heard it: clocks of nodes are never compared.
 * Between two hints a node's load is corrected by what this ingress sent it itself.
 */
public final class HintTable {
    private static final class Entry {
        private final NodeHint hint;
        private final long heardNanos;
        private long sentSince;

        Entry(NodeHint hint, long heardNanos) {
            this.hint = hint;
            this.heardNanos = heardNanos;
        }
    }

    private final int capacity;
    private final long ttlNanos;
    /** By node id, so that every ingress lists the same nodes in the same order. */
    private final Map<String, Entry> entries = new TreeMap<>();

    /**
     * @param capacity most nodes; of one more the hint heard longest ago is dropped
     * @param ttlNanos how long a hint counts
     */
    public HintTable(int capacity, long ttlNanos) {
        this.capacity = capacity;
        this.ttlNanos = ttlNanos;
    }

    public void heard(NodeHint hint, long nowNanos) {
        entries.put(hint.node(), new Entry(hint, nowNanos));
        if (entries.size() > capacity) {
            entries.values().stream()
                    .min(Comparator.comparingLong(entry -> entry.heardNanos - nowNanos))
                    .ifPresent(oldest -> entries.remove(oldest.hint.node()));
        }
    }

    /** This ingress gave the node work that its last hint does not count. */
    public void sent(String node, long tokens) {
        Entry entry = entries.get(node);
        if (entry != null) {
            entry.sentSince += tokens;
        }
    }

    /** The node did not answer: nothing goes there until it is heard of again. */
    public void forget(String node) {
        entries.remove(node);
    }

    /** Where the node is, as long as its hint counts. */
    public Optional<NodeHint> find(String node, long nowNanos) {
        return Optional.ofNullable(entries.get(node))
                .filter(entry -> counts(entry, nowNanos))
                .map(entry -> entry.hint);
    }

    /** How many nodes were heard of lately, whatever they serve. */
    public int known(long nowNanos) {
        return (int) entries.values().stream()
                .filter(entry -> counts(entry, nowNanos))
                .count();
    }

    /** The nodes that take requests for {@code model}, by id. */
    public List<ReplicaLoad> candidates(String model, long nowNanos) {
        return entries.values().stream()
                .filter(entry -> counts(entry, nowNanos))
                .filter(entry -> entry.hint.taking() && entry.hint.model().equals(model))
                .map(entry -> new ReplicaLoad(
                        entry.hint.node(), entry.hint.outstandingTokens() + entry.sentSince, entry.hint.freeCache()))
                .toList();
    }

    private boolean counts(Entry entry, long nowNanos) {
        return nowNanos - entry.heardNanos < ttlNanos;
    }
}
