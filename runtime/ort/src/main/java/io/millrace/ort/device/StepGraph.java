package io.millrace.ort.device;

/** Captured work. Owned by the device's thread; what was captured, and its memory, must outlive it. */
public interface StepGraph extends AutoCloseable {
    /** Queues the work. */
    void launch();

    @Override
    void close();
}
