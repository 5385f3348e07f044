package io.millrace.ort.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.millrace.ort.device.Fence;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** Sums by peer.cu, through memory that the devices share; broadcasts, and odd counts, by another way. */
public final class PeerGroup implements DeviceSum {
    /** As in peer.cu. */
    private static final int MAX_RANKS = 8;

    private static final int BLOCKS = 32;
    private static final int SHARED_BLOCKS = 64;
    private static final int THREADS = 512;
    private static final int HEADER_BYTES = 16 << 10;
    private static final int SETS = 2;
    private static final int VECTOR_BYTES = 16;
    private static final int ELEMENTS_PER_VECTOR = 8;

    /** Where each rank sends all of its part to each other, more bytes go better in shares, which cross once. */
    private static final int MAX_BYTES = 512 * 1024;

    private final CudaDevice device;
    private final DeviceSum other;
    private final int rank;
    private final int ranks;
    private final int capacity;
    private final Kernel whole;
    private final Kernel shared;
    private final MemorySegment exchange;
    private final MemorySegment exchanges;
    private final MemorySegment aborted;

    private record Member(int device, long exchange) {}

    private PeerGroup(CudaDevice device, DeviceSum other, int rank, int ranks, int maxBytes) {
        this.device = device;
        this.other = other;
        this.rank = rank;
        this.ranks = ranks;
        this.capacity = maxBytes / VECTOR_BYTES;
        whole = device.kernel("peer.cu", "peer_all_reduce");
        shared = device.kernel("peer.cu", "peer_all_reduce_shared");
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
     * @param other for what this cannot do; closed with the group
     * @return empty, for all ranks alike, where the devices cannot address each other
     */
    public static Optional<PeerGroup> join(CudaDevice device, DeviceSum other, PeerRendezvous rendezvous, int rank) {
        return join(device, other, rendezvous, rank, MAX_BYTES);
    }

    /** @param maxBytes of a sum whose parts are sent whole; the same for all ranks */
    static Optional<PeerGroup> join(
            CudaDevice device, DeviceSum other, PeerRendezvous rendezvous, int rank, int maxBytes) {
        PeerGroup group = new PeerGroup(device, other, rank, rendezvous.ranks(), maxBytes);
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

    /** Runs each kernel once, without a peer: it may be loaded when it first runs. It counts as an epoch, of all ranks. */
    private void connect(List<Member> members) {
        MemorySegment staging = device.staging(exchanges.byteSize());
        for (int i = 0; i < ranks; i++) {
            staging.setAtIndex(JAVA_LONG, i, members.get(i).exchange());
        }
        device.copyIn(exchanges, staging);
        sumWhole(MemorySegment.NULL, MemorySegment.NULL, 0, 0);
        sumShares(MemorySegment.NULL, MemorySegment.NULL, 0, 0);
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
        long vectors = count / ELEMENTS_PER_VECTOR;
        if (count % ELEMENTS_PER_VECTOR != 0) {
            other.allReduce(in, out, count);
        } else if (vectors <= capacity) {
            sumWhole(in, out, ranks, vectors);
        } else {
            sumShares(in, out, ranks, vectors);
        }
    }

    private void sumShares(MemorySegment in, MemorySegment out, int among, long vectors) {
        shared.launch(
                device.stream(),
                SHARED_BLOCKS,
                1,
                THREADS,
                in.address(),
                out.address(),
                exchanges.address(),
                aborted.address(),
                rank,
                among,
                vectors);
    }

    private void sumWhole(MemorySegment in, MemorySegment out, int among, long vectors) {
        whole.launch(
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
        other.broadcast(memory);
    }

    @Override
    public void check() {
        other.check();
    }

    @Override
    public void abort() {
        aborted.set(JAVA_INT, 0, 1);
        other.abort();
    }

    /** To be called when no rank sums any longer: its memory is written to by its peers. */
    @Override
    public void close() {
        other.close();
        release();
    }

    private void release() {
        device.release(exchanges);
        device.release(exchange);
        device.releaseStaging(aborted);
    }
}
