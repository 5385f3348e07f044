package io.millrace.ort.paged;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.SamplingParams;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepPlan.Slice;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DecodeBucketsTest {
    private static final Slice DECODE = slice(new int[0], 5);

    private static Slice slice(int[] history, int... tokens) {
        return new Slice(0, 0, 3, tokens, new int[1], 1, SamplingParams.GREEDY, history, 1);
    }

    private static StepPlan plan(int decodes, Slice... further) {
        return new StepPlan(
                0,
                Stream.concat(Collections.nCopies(decodes, DECODE).stream(), Stream.of(further))
                        .toList());
    }

    @Test
    void sizesGrowWiderUpToTheLargestBatch() {
        assertEquals(List.of(1), DecodeBuckets.upTo(1).sizes());
        assertEquals(List.of(1, 2, 3), DecodeBuckets.upTo(3).sizes());
        assertEquals(
                List.of(1, 2, 4, 8, 12, 16, 24, 32, 40, 48, 56, 64, 80, 96, 100),
                DecodeBuckets.upTo(100).sizes());
    }

    @Test
    void aStepTakesTheSmallestThatHoldsIt() {
        DecodeBuckets buckets = DecodeBuckets.upTo(256);
        for (int batch = 1; batch <= 256; batch++) {
            int bucket = buckets.of(plan(batch)).orElseThrow();
            int needed = batch;
            assertTrue(bucket >= batch, bucket + " for " + batch);
            assertTrue(buckets.sizes().stream().noneMatch(size -> size >= needed && size < bucket));
            assertTrue(batch <= 8 || 3 * (bucket - batch) <= bucket, "fillers of " + bucket + " for " + batch);
        }
    }

    @Test
    void aChunkOrAHistoryIsInNoBucket() {
        DecodeBuckets buckets = DecodeBuckets.upTo(8);
        assertEquals(OptionalInt.of(2), buckets.of(plan(2)));
        assertEquals(OptionalInt.empty(), buckets.of(plan(2, slice(new int[0], 1, 2))));
        assertEquals(OptionalInt.empty(), buckets.of(plan(2, slice(new int[] {1, 2}, 3))));
    }
}
