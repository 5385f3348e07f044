package io.millrace.ort.paged;

import io.millrace.model.paged.GraphDialect;
import io.millrace.ort.capi.CustomOperator;
import io.millrace.ort.device.Device;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** What a rank computes on. Owned by the rank's thread, which also made it. */
interface RankDevice extends AutoCloseable {
    Device device();

    GraphDialect dialect();

    /** Millrace's operators on this device, for every session. */
    List<CustomOperator> operators();

    /**
     * Queues that {@code memory} has what that of the stage's first rank has. All ranks of the stage queue the same, in the
     * same order among their sums.
     */
    void broadcast(MemorySegment memory);

    /**
     * Runs {@code work} with sums and broadcasts left out, where they would wait on the device: so that what is allocated,
     * loaded or searched at first use is so while no peer waits for this rank.
     */
    default void rehearse(Runnable work) {
        work.run();
    }

    /** Waits for the stage's other ranks to have loaded, where {@link #rehearse} leaves anything out. */
    default void meetLoaded() {}

    /** Ends what this rank waits for from others, who are lost. For any thread; nothing where the device is closed. */
    void abort();

    /** After the sessions on it. */
    @Override
    void close();
}
