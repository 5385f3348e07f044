package io.millrace.ort.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.millrace.ort.device.Fence;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** Small sums by peer.cu, through memory that the devices share; large ones by another way. */
public final class PeerGroup implements DeviceSum {
    /** As in peer.cu. */
    private static final int MAX_RANKS = 8;

    private static final int BLOCKS = 32;
    private static final int THREADS = 512;
    private static final int HEADER_BYTES = 2048;
    private static final int SETS = 2;
    private static final int VECTOR_BYTES = 16;
    private static final int ELEMENTS_PER_VECTOR = 8;

    /** Where each rank sends all of its part to each other, more bytes go better through NCCL, which sends them once. */
    private static final int MAX_BYTES = 512 * 1024;

    private final CudaDevice device;
    private final DeviceSum large;
    private final int rank;
    private final int ranks;
    private final int capacity;
    private final Kernel kernel;
    private final MemorySegment exchange;
    private final MemorySegment exchanges;
    private final MemorySegment aborted;

    private record Member(int device, long exchange) {}

    private PeerGroup(CudaDevice device, DeviceSum large, int rank, int ranks, int maxBytes) {
        this.device = device;
        this.large = large;
        this.rank = rank;
        this.ranks = ranks;
        this.capacity = maxBytes / VECTOR_BYTES;
        kernel = device.kernel("peer.cu", "peer_all_reduce");
        exchange = device.allocate(HEADER_BYTES + (long) SETS * MAX_RANKS * maxBytes);
        exchanges = device.allocate(ranks * JAVA_LONG.byteSize());
        aborted = device.staging(JAVA_INT.byteSize());
        aborted.set(JAVA_INT, 0, 0);
        device.fill(exchange, (byte) 0);
        await();
    }

    /**
     * Joins the group. Returns when all ranks have called it, and have done all that a device may put off until its kernels have
     * ended: a kernel that waits for a peer would never end where the peer waits for such a thing.
     *
     * @param large for sums beyond {@value #MAX_BYTES} bytes; closed with the group
     * @return empty, for all ranks alike, where the devices cannot address each other
     */
    public static Optional<PeerGroup> join(CudaDevice device, DeviceSum large, PeerRendezvous rendezvous, int rank) {
        return join(device, large, rendezvous, rank, MAX_BYTES);
    }

    /** @param maxBytes of a sum that goes through peer memory; the same for all ranks */
    static Optional<PeerGroup> join(
            CudaDevice device, DeviceSum large, PeerRendezvous rendezvous, int rank, int maxBytes) {
        PeerGroup group = new PeerGroup(device, large, rank, rendezvous.ranks(), maxBytes);
        try {
            if (group.connects(rendezvous)) {
                return Optional.of(group);
            }
        } catch (RuntimeException e) {
            group.release();
            throw e;
        }
        group.release();
        return Optional.empty();
    }

    private boolean connects(PeerRendezvous rendezvous) {
        List<Member> members = rendezvous.meet(rank, new Member(device.ordinal(), exchange.address())).stream()
                .map(Member.class::cast)
                .toList();
        boolean reachable =
                ranks <= MAX_RANKS && members.stream().allMatch(member -> device.canAddress(member.device()));
        if (reachable) {
            connect(members);
        }
        return !rendezvous.meet(rank, reachable).contains(false);
    }

    /** Runs the kernel once, without a peer: a kernel may be loaded when it first runs. It counts as an epoch, of all ranks. */
    private void connect(List<Member> members) {
        MemorySegment staging = device.staging(exchanges.byteSize());
        for (int i = 0; i < ranks; i++) {
            staging.setAtIndex(JAVA_LONG, i, members.get(i).exchange());
        }
        device.copyIn(exchanges, staging);
        launch(MemorySegment.NULL, MemorySegment.NULL, 0, 0);
        await();
        device.releaseStaging(staging);
    }

    private void await() {
        try (Fence fence = device.fence()) {
            fence.await();
        }
    }

    @Override
    public void allReduce(MemorySegment in, MemorySegment out, long count) {
        if (count % ELEMENTS_PER_VECTOR != 0 || count / ELEMENTS_PER_VECTOR > capacity) {
            large.allReduce(in, out, count);
            return;
        }
        launch(in, out, ranks, count / ELEMENTS_PER_VECTOR);
    }

    private void launch(MemorySegment in, MemorySegment out, int among, long vectors) {
        kernel.launch(
                device.stream(),
                BLOCKS,
                1,
                THREADS,
                in.address(),
                out.address(),
                exchanges.address(),
                aborted.address(),
                rank,
                among,
                vectors,
                capacity);
    }

    @Override
    public void broadcast(MemorySegment memory) {
        large.broadcast(memory);
    }

    @Override
    public void check() {
        large.check();
    }

    @Override
    public void abort() {
        aborted.set(JAVA_INT, 0, 1);
        large.abort();
    }

    /** To be called when no rank sums any longer: its memory is written to by its peers. */
    @Override
    public void close() {
        large.close();
        release();
    }

    private void release() {
        device.release(exchanges);
        device.release(exchange);
        device.releaseStaging(aborted);
    }
}
