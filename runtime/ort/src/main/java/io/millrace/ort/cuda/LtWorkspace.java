package io.millrace.ort.cuda;

import io.millrace.ort.device.Device;
import java.lang.foreign.MemorySegment;

/** One cuBLASLt on one device: its handle, and the scratch memory that all its products share, being in one stream. */
final class LtWorkspace implements AutoCloseable {
    /** More than the second-level cache of any device so far, too, so that writing it empties the cache. */
    static final long BYTES = 64L << 20;

    final CublasLt library;
    final MemorySegment handle;
    final MemorySegment memory;
    private final Device device;

    LtWorkspace(CublasLt library, Device device) {
        this.library = library;
        this.device = device;
        handle = library.made(library.create);
        memory = device.allocate(BYTES);
    }

    @Override
    public void close() {
        device.release(memory);
        library.call(library.destroy, handle);
    }
}
