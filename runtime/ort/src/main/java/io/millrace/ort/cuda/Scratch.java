package io.millrace.ort.cuda;

import io.millrace.ort.device.Device;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Device memory that grows to the largest use. What it grew out of is kept until the end, because captured graphs go on
 * writing there; as it at least doubles each time, that is never more than it has now.
 */
final class Scratch implements AutoCloseable {
    private final Device device;
    private final List<MemorySegment> all = new ArrayList<>();

    Scratch(Device device) {
        this.device = device;
    }

    /** Zeroed when new. Grows outside of captures only: the shapes of a graph run once before it is captured. */
    MemorySegment atLeast(long bytes) {
        if (all.isEmpty() || all.getLast().byteSize() < bytes) {
            long now = all.isEmpty() ? 0 : all.getLast().byteSize();
            MemorySegment memory = device.allocate(Math.max(bytes, 2 * now));
            device.fill(memory, (byte) 0);
            all.add(memory);
        }
        return all.getLast();
    }

    @Override
    public void close() {
        all.forEach(device::release);
        all.clear();
    }
}
