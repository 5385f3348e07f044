package io.millrace.ort.cuda;

import java.lang.foreign.MemorySegment;

/** Collectives over the devices of one model, sums above all, as one of its ranks takes part in them. Owned by the rank's thread. */
public interface DeviceSum extends AutoCloseable {
    /**
     * Queues {@code out = sum over the ranks of in}, in the device's stream; may be in place. All ranks queue the same
     * sums in the same order.
     *
     * @param count of elements of the device's activation type
     */
    void allReduce(MemorySegment in, MemorySegment out, long count);

    /** Queues, in the device's stream, that {@code memory} has what the first rank's has. As large on all ranks. */
    void broadcast(MemorySegment memory);

    /** @throws io.millrace.ort.device.DeviceException where a sum queued before has failed */
    void check();

    /** Ends every sum that runs on this rank: without it a rank would wait for a lost peer for ever. For any thread. */
    void abort();

    @Override
    void close();
}
