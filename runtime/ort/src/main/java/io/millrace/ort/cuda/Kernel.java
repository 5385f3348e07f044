package io.millrace.ort.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A function on the device. Owned by the device's thread, because arguments go through memory of its own. */
final class Kernel {
    private static final int MAX_ARGUMENTS = 16;

    private final CudaDriver driver;
    private final String name;
    private final MemorySegment function;
    private final MemorySegment values;
    private final MemorySegment pointers;

    Kernel(CudaDriver driver, String name, MemorySegment function, Arena arena) {
        this.driver = driver;
        this.name = name;
        this.function = function;
        values = arena.allocate(JAVA_LONG, MAX_ARGUMENTS);
        pointers = arena.allocate(ADDRESS, MAX_ARGUMENTS);
        for (int i = 0; i < MAX_ARGUMENTS; i++) {
            pointers.setAtIndex(ADDRESS, i, values.asSlice(i * JAVA_LONG.byteSize()));
        }
    }

    String name() {
        return name;
    }

    /**
     * Queues one run. Does nothing where a grid is empty.
     *
     * @param threads   of each block, along x
     * @param arguments addresses and ints; CUDA's machines are little-endian, so an int is the first half of a long
     */
    void launch(MemorySegment stream, int gridX, int gridY, int threads, long... arguments) {
        if (gridX == 0 || gridY == 0) {
            return;
        }
        MemorySegment.copy(arguments, 0, values, JAVA_LONG, 0, arguments.length);
        driver.call(driver.launch, function, gridX, gridY, 1, threads, 1, 1, 0, stream, pointers, MemorySegment.NULL);
    }
}
