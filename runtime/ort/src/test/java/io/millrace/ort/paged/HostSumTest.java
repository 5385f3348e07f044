package io.millrace.ort.paged;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ort.capi.CustomOperator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES) // against a test that hangs
class HostSumTest {
    private static final int RANKS = 3;
    private static final long FOR_EVER = 3600;

    private static CustomOperator.Kernel kernel(HostSum sum, int rank) {
        return sum.operator(rank).factory().kernel(FakeCall.attributes(Map.of()));
    }

    private static float[] sum(CustomOperator.Kernel kernel, float... values) {
        FakeCall call = new FakeCall().floats(0, values, values.length);
        kernel.compute(call);
        return call.result();
    }

    @Test
    void everyRankGetsTheSameBits() throws Exception {
        HostSum sum = new HostSum(RANKS, FOR_EVER);
        // In another order these sums are rounded to something else.
        float[][] parts = {{1e8f, 1, 3}, {-1e8f, 1e-8f, 4}, {1, -1, 5}};
        List<Callable<float[]>> ranks = new ArrayList<>();
        for (int rank = 0; rank < RANKS; rank++) {
            CustomOperator.Kernel kernel = kernel(sum, rank);
            float[] mine = parts[rank];
            ranks.add(() -> {
                for (int i = 0; i < 100; i++) {
                    sum(kernel, mine);
                }
                return sum(kernel, mine);
            });
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(RANKS)) {
            for (Future<float[]> result : threads.invokeAll(ranks)) {
                assertArrayEquals(new float[] {1, 0, 12}, result.get());
            }
        }
    }

    @Test
    void anAbortEndsTheWaitOfARank() throws Exception {
        HostSum sum = new HostSum(2, FOR_EVER);
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            // Before it waits or while it does: either way it must not wait.
            Future<float[]> waiting = thread.submit(() -> sum(kernel(sum, 0), 1));
            sum.abort();
            ExecutionException ended = assertThrows(ExecutionException.class, waiting::get);
            assertEquals(IllegalStateException.class, ended.getCause().getClass());
        }
        assertThrows(IllegalStateException.class, () -> sum(kernel(sum, 1), 1), "later sums");
    }

    @Test
    void aRankThatDoesNotComeEndsTheSumOfAll() {
        HostSum sum = new HostSum(2, 0);
        IllegalStateException late = assertThrows(IllegalStateException.class, () -> sum(kernel(sum, 0), 1));
        assertTrue(late.getMessage().contains("did not come"), late.getMessage());
        assertThrows(IllegalStateException.class, () -> sum(kernel(sum, 1), 1));
    }
}
