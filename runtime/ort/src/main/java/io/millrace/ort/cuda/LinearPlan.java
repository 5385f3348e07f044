package io.millrace.ort.cuda;

import java.lang.foreign.MemorySegment;

/** One way to compute products of one shape. Owned by the device's thread. */
interface LinearPlan extends AutoCloseable {
    /**
     * Device memory of one product. Aligned to 16 bytes.
     *
     * @param scales of the rows of w, float32; NULL where weights have none
     * @param bias   NULL where there is none
     */
    record Operands(MemorySegment x, MemorySegment w, MemorySegment scales, MemorySegment bias, MemorySegment y) {}

    /** Queues it. Allocates nothing and waits for nothing, so a graph can capture it. */
    void run(Operands operands);

    /** For logs. */
    String name();

    @Override
    default void close() {}
}
