package io.millrace.model.paged;

import io.millrace.model.graph.ShardCut;

/**
 * What one device holds: of the layers a run, and of each layer a slice. The vocabulary is not sliced: every rank of the
 * last stage computes all logits, and the first of them samples.
 *
 * @param stage   place in the pipeline, from 0
 * @param tpRank  place among the ranks of the stage, from 0
 * @param tpSize  ranks of the stage; above 1 their partial sums are added up after attention and after feed-forward
 * @param layers  layers of the stage
 * @param heads   query heads
 * @param kvHeads key and value heads: those that {@link #heads} share
 * @param ffn     channels of the feed-forward part
 */
public record Rank(int stage, int tpRank, int tpSize, ShardCut layers, Span heads, Span kvHeads, Span ffn) {
    /** Whether this rank's logits, or hidden states, are the ones that go on. */
    public boolean leads() {
        return tpRank == 0;
    }
}
