package io.millrace.ort.paged;

import io.millrace.api.Limits;
import io.millrace.api.ModelManifest;
import io.millrace.model.paged.PagedPrecision;
import io.millrace.model.paged.Rank;

/** What one rank is to hold and how large its steps may be. */
record RankModel(ModelManifest manifest, Rank rank, PagedPrecision precision, Limits limits) {
    /** Steps of chunks are filled up to a multiple of so many tokens: a product of matrices is planned once for each number. */
    static final int TOKEN_GRANULE = 32;

    /** Tokens of the largest step, fillers included. */
    int maxTokens() {
        long held = (long) limits.maxBatch() * limits.contextTokens();
        int most = (int) Math.min(held, Math.max(limits.tokenBudget(), limits.maxBatch()));
        return Math.ceilDiv(most, TOKEN_GRANULE) * TOKEN_GRANULE;
    }

    /** Sequences of the largest step, a filler included. */
    int maxSequences() {
        return limits.maxBatch() + 1;
    }

    /** Of the longest sequence, a filler included. */
    int maxPositions() {
        return Math.max(limits.contextTokens(), TOKEN_GRANULE);
    }

    /** Blocks of the longest sequence. */
    int tableWidth() {
        return Math.ceilDiv(maxPositions(), limits.blockTokens());
    }

    /** The block that fillers write to, after all that are given to sequences. */
    int scratchBlock() {
        return limits.kvBlocks();
    }

    /** Whether this rank embeds tokens that it and others have sampled. */
    boolean sharesTokens() {
        return rank.tpSize() > 1 && rank.layers().embeds() && rank.layers().hasHead();
    }

    /** Of one block, keys and values, over this rank's layers and heads. */
    long blockBytes() {
        return 2L
                * rank.layers().size()
                * limits.blockTokens()
                * rank.kvHeads().size()
                * manifest.headDim()
                * precision.cache().bytes();
    }

    long cacheBytes() {
        return (limits.kvBlocks() + 1L) * blockBytes();
    }

    long hiddenBytes(int tokens) {
        return (long) tokens * manifest.hidden() * precision.activations().bytes();
    }

    long logitBytes() {
        return (long) limits.maxBatch()
                * manifest.vocabulary()
                * precision.activations().bytes();
    }
}
