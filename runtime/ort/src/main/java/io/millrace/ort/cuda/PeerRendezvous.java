package io.millrace.ort.cuda;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Where ranks that are threads of one JVM tell each other about their devices. For all of their threads. */
public final class PeerRendezvous {
    private static final int TIMEOUT_SECONDS = 60;

    private final Object[] told;
    private final CyclicBarrier barrier;

    public PeerRendezvous(int ranks) {
        told = new Object[ranks];
        barrier = new CyclicBarrier(ranks);
    }

    int ranks() {
        return told.length;
    }

    /**
     * Waits for all ranks.
     *
     * @return what each has told, by rank
     * @throws IllegalStateException where one does not come
     */
    public List<Object> meet(int rank, Object value) {
        told[rank] = value;
        await();
        List<Object> all = List.copyOf(Arrays.asList(told));
        // Nobody tells the next thing before all have read this one.
        await();
        return all;
    }

    private void await() {
        try {
            barrier.await(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the ranks started", e);
        } catch (BrokenBarrierException | TimeoutException e) {
            throw new IllegalStateException("another rank did not start within " + TIMEOUT_SECONDS + " s", e);
        }
    }
}
