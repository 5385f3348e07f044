package io.millrace.ort;

import io.millrace.api.Limits;
import io.millrace.api.ModelManifest;
import io.millrace.model.graph.WeightPrecision;
import io.millrace.ort.linux.MachineMemory;
import java.io.IOException;
import java.util.Optional;

/**
 * What the layers of a model that are loaded here take outside of the Java heap when all slots are full, in bytes.
 *
 * @param file    mapped: its pages are shared by all processes that map it
 * @param packed  what ONNX Runtime makes of it for itself, once for all lanes
 * @param perSlot KV cache of one sequence of full length
 * @param slots   sequences
 * @param work    activations of the largest step, and the store of prefixes
 */
record MemoryNeed(long file, long packed, long perSlot, int slots, long work) {
    private static final long MIB = 1 << 20;

    /** Room for a mapped file and for as much again that is read beside it, in sizes of the file. */
    private static final int PAGE_CACHE = 2;

    /** Buffers of the longest call, at their most, in units of the widest activation of a token. */
    private static final int ACTIVATIONS = 8;

    /** The largest tensor of the cache: that of a buffer in Java, which is what it was tried with. */
    private static final long LARGEST_TENSOR = Integer.MAX_VALUE;

    /** @param lanes sessions of a stage, each with room for the logits of its own rows */
    static MemoryNeed of(
            ModelManifest model, int layers, Limits limits, long weightBytes, WeightPrecision precision, int lanes) {
        long perLayer = KvCache.slotBytes(model, CpuRunnerProvider.capacity(limits));
        long widest = Math.max(2L * model.ffn(), model.hidden()) * Float.BYTES;
        long work = limits.tokenBudget() * widest * ACTIVATIONS
                + (long) lanes * limits.maxBatch() * model.vocabulary() * Float.BYTES
                + PrefixStore.bytes(model, layers, limits);
        return new MemoryNeed(
                weightBytes, weightBytes * growth(precision), 2 * perLayer * layers, limits.maxBatch(), work);
    }

    /** Weights that are stored in fewer bits than they are computed in are held in float32, however they are stored. */
    private static int growth(WeightPrecision precision) {
        return switch (precision) {
            case FP16 -> 2;
            case FP8 -> 4;
            case AUTO, INT8, INT4, W8A8, FP32 -> 1;
        };
    }

    long weights() {
        return file + packed;
    }

    long bytes() {
        return weights() + slots * perSlot + work;
    }

    /**
     * @param replicas  that map the same file, and have all else for themselves
     * @param available bytes of the machine that are not the heap's, whoever has them now
     * @throws IOException saying what would fit, where this does not
     */
    void check(ModelManifest model, Limits limits, int replicas, long available) throws IOException {
        long tensor = KvCache.slotBytes(model, CpuRunnerProvider.capacity(limits));
        long forEach = (available - file) / replicas;
        long fitting = Math.min((forEach - packed - work) / perSlot, LARGEST_TENSOR / tensor);
        if (fitting >= slots) {
            return;
        }
        String need =
                "%s with %d sequences of %d tokens%s needs %d MiB (%d of weights, %d a sequence); there are %d MiB. "
                        .formatted(
                                model.name(),
                                slots,
                                limits.contextTokens(),
                                replicas == 1 ? "" : ", in each of " + replicas + " replicas,",
                                (file + replicas * (bytes() - file)) / MIB,
                                (file + replicas * packed) / MIB,
                                perSlot / MIB,
                                available / MIB);
        throw new IOException(need
                + (fitting > 0
                        ? "A max-batch of " + fitting + " would fit."
                        : "Not even one sequence of this length fits: lower the context or take a smaller model."));
    }

    /** What is to be said of a model that fits the machine, but perhaps not beside what else runs on it. */
    Optional<String> warning(MachineMemory machine) {
        String what = "The model takes up to %d MiB and finds %d. ".formatted(bytes() / MIB, machine.now() / MIB);
        if (bytes() > machine.now()) {
            return Optional.of(
                    what + "Other processes hold the rest of the machine's memory: when all sequences are long, one"
                            + " of them may be ended for it, or this one.");
        }
        if (bytes() + (PAGE_CACHE - 1) * file > machine.now()) {
            return Optional.of(what + "Less than " + PAGE_CACHE + " times the weights' " + file / MIB
                    + " MiB are left to the page cache: they may have to be read from disk more than once.");
        }
        return Optional.empty();
    }
}
