package io.millrace.ort.device;

/** A mark in a device's queue. */
public interface Fence extends AutoCloseable {
    /**
     * Returns when all work before the mark is done. For any thread.
     *
     * @throws DeviceException where that work failed
     */
    void await();

    /** For any thread, once nobody awaits it. */
    @Override
    void close();
}
