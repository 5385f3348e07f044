package io.millrace.ort.paged;

import io.millrace.ort.device.MemoryUse;

/**
 * What a rank will take of its device's memory, in bytes.
 *
 * @param weights    of the rank
 * @param cache      of all blocks
 * @param activations of the largest step: what is alive at once in a layer, and logits
 */
record MemoryPlan(RankModel model, long weights, long cache, long activations) {
    /** For the libraries' own memory: contexts, kernels, workspaces. */
    private static final long RESERVE = 1L << 30;

    private static final double GIB = 1L << 30;

    private static final String MORE = "more shards or tensor-parallel ranks, or precision fp8 or int4";

    static MemoryPlan of(RankModel model, long weights) {
        int heads = model.rank().heads().size() + 2 * model.rank().kvHeads().size();
        // Residual stream, its norm, an update and their sums; queries, keys and values; gate, up and their product.
        long perToken = 6L * model.manifest().hidden()
                + 2L * heads * model.manifest().headDim()
                + 3L * model.rank().ffn().size();
        long activations =
                model.maxTokens() * perToken * model.precision().activations().bytes() + model.logitBytes();
        return new MemoryPlan(model, weights, model.cacheBytes(), activations);
    }

    long bytes() {
        return weights + cache + activations;
    }

    /** @throws ModelTooLargeException where it is more than is free; says what would fit */
    void check(String device, MemoryUse memory) throws ModelTooLargeException {
        long usable = memory.free() - Math.min(RESERVE, memory.total() / 16);
        if (bytes() <= usable) {
            return;
        }
        throw new ModelTooLargeException(
                "%s has %.2f GiB to give, but %s. %s".formatted(device, usable / GIB, wanted(), advice(usable)));
    }

    /** That memory ran out though {@link #check} found enough. */
    ModelTooLargeException exceeded(String device, RuntimeException failure) {
        return new ModelTooLargeException(
                "%s ran out of memory (%s), though it seemed to have enough: %s. Fewer kv-blocks than %d take less, or a smaller token-budget, kv-precision fp8, %s."
                        .formatted(
                                device,
                                failure.getMessage(),
                                wanted(),
                                model.limits().kvBlocks(),
                                MORE));
    }

    private String wanted() {
        return "%s wants %.2f: weights %.2f, KV cache %.2f, activations %.2f"
                .formatted(model.manifest().name(), bytes() / GIB, weights / GIB, cache / GIB, activations / GIB);
    }

    private String advice(long usable) {
        long blocks = (usable - weights - activations) / model.blockBytes() - 1;
        return blocks >= model.tableWidth()
                ? "kv-blocks up to %d would fit, or kv-precision fp8, or %s.".formatted(blocks, MORE)
                : "The weights leave no room for one sequence of %d tokens: it takes %s."
                        .formatted(model.limits().contextTokens(), MORE);
    }
}
