package io.millrace.ort.cuda;

import java.lang.foreign.MemorySegment;

/**
 * Sums that can be left out for a while. What a rank allocates may have to wait until its peers' devices, which can address
 * that memory, have nothing to do, and they would wait in a sum for this rank: so whatever a step needs for the first time, it
 * gets in a run without sums.
 */
public final class PausableSum implements DeviceSum {
    private final CudaDevice device;
    private final DeviceSum sum;
    private boolean paused;

    /** Takes over the sum. */
    public PausableSum(CudaDevice device, DeviceSum sum) {
        this.device = device;
        this.sum = sum;
    }

    /** Every sum that {@code work} queues is 0. On the rank's thread. */
    public void pausedDuring(Runnable work) {
        paused = true;
        try {
            work.run();
        } finally {
            paused = false;
        }
    }

    @Override
    public void allReduce(MemorySegment in, MemorySegment out, long count) {
        if (paused) {
            device.fill(out, (byte) 0);
        } else {
            sum.allReduce(in, out, count);
        }
    }

    @Override
    public void broadcast(MemorySegment memory) {
        if (!paused) {
            sum.broadcast(memory);
        }
    }

    @Override
    public void check() {
        sum.check();
    }

    @Override
    public void abort() {
        sum.abort();
    }

    @Override
    public void close() {
        sum.close();
    }
}
