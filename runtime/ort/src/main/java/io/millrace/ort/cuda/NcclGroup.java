package io.millrace.ort.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/** Sums by NCCL. */
final class NcclGroup implements DeviceSum {
    private static final int SUM = 0;

    /** ncclInt8. */
    private static final int BYTES = 0;

    private static final int FIRST_RANK = 0;

    private final Nccl nccl;
    private final CudaDevice device;
    private final MemorySegment communicator;
    private final AtomicBoolean gone = new AtomicBoolean();

    NcclGroup(Nccl nccl, CudaDevice device, MemorySegment communicator) {
        this.nccl = nccl;
        this.device = device;
        this.communicator = communicator;
    }

    @Override
    public void allReduce(MemorySegment in, MemorySegment out, long count) {
        nccl.call(nccl.allReduce, in, out, count, device.type().ncclType, SUM, communicator, device.stream());
    }

    @Override
    public void broadcast(MemorySegment memory) {
        nccl.call(nccl.broadcast, memory, memory, memory.byteSize(), BYTES, FIRST_RANK, communicator, device.stream());
    }

    @Override
    public void check() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment code = arena.allocate(JAVA_INT);
            nccl.call(nccl.asyncError, communicator, code);
            nccl.check("a sum over devices", code.get(JAVA_INT, 0));
        }
    }

    @Override
    public void abort() {
        if (gone.compareAndSet(false, true)) {
            nccl.call(nccl.abort, communicator);
        }
    }

    @Override
    public void close() {
        if (gone.compareAndSet(false, true)) {
            nccl.call(nccl.destroy, communicator);
        }
    }
}
