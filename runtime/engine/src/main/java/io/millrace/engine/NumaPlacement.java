package io.millrace.engine;

import java.io.IOException;

/** Keeps a process on one NUMA node, whose memory its cores reach fastest. Found through {@link java.util.ServiceLoader}. */
public interface NumaPlacement {
    /**
     * Pins the calling thread, and through it every thread that it or its children start from now on, to the cores of a node,
     * and has their memory taken from there as long as it lasts. To be called before any thread that matters.
     *
     * @param node a number, or {@code auto} for the one with most free memory
     * @return one line for the log: what was done, or why nothing
     * @throws IOException where there is no such node, or the system does not allow it
     */
    String place(String node) throws IOException;
}
