package io.millrace.ort.paged;

import io.millrace.ort.device.Device;
import io.millrace.ort.device.DeviceException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;

/** What was opened or allocated one after the other, also where a later part then failed: given back in reverse. */
final class Owned implements AutoCloseable {
    private final Deque<Runnable> releases = new ArrayDeque<>();

    void add(Runnable release) {
        releases.push(release);
    }

    MemorySegment allocate(Device device, long bytes) {
        MemorySegment memory = device.allocate(bytes);
        add(() -> device.release(memory));
        return memory;
    }

    MemorySegment staging(Device device, long bytes) {
        MemorySegment memory = device.staging(bytes);
        add(() -> device.releaseStaging(memory));
        return memory;
    }

    /** Gives all back, also where some of it fails; a lost device has taken what was on it along, and says so each time. */
    @Override
    public void close() {
        DeviceException failure = null;
        while (!releases.isEmpty()) {
            try {
                releases.pop().run();
            } catch (DeviceException e) {
                failure = e.kind() == DeviceException.Kind.STICKY ? failure : e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
