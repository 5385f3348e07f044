package io.millrace.ort.paged;

import io.millrace.engine.StepPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Numbers of sequences for which decode steps are prepared: 1, 2, 4, then multiples of 4 to 16, of 8 to 64, and of 16. A
 * step takes the next larger one: beyond 8 sequences at most a third of its rows are fillers.
 */
record DecodeBuckets(List<Integer> sizes) {
    DecodeBuckets {
        sizes = List.copyOf(sizes);
    }

    static DecodeBuckets upTo(int maxBatch) {
        List<Integer> sizes = new ArrayList<>();
        for (int size = 1; size < maxBatch; size += step(size)) {
            sizes.add(size);
        }
        sizes.add(maxBatch);
        return new DecodeBuckets(sizes);
    }

    private static int step(int size) {
        if (size < 4) {
            return size;
        }
        return size < 16 ? 4 : size < 64 ? 8 : 16;
    }

    /** The bucket of a plan of decode rows; empty where there is a chunk, or a history, whose length is in no bucket. */
    OptionalInt of(StepPlan plan) {
        boolean decodes =
                plan.slices().stream().allMatch(slice -> slice.tokens().length == 1 && slice.history().length == 0);
        return decodes
                ? sizes.stream()
                        .mapToInt(Integer::intValue)
                        .filter(size -> size >= plan.slices().size())
                        .findFirst()
                : OptionalInt.empty();
    }
}
