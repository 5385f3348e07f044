package io.millrace.ort.paged;

import io.millrace.ort.cuda.CudaDevice;
import io.millrace.ort.cuda.DeviceSum;
import io.millrace.ort.cuda.Nccl;
import io.millrace.ort.cuda.PausableSum;
import io.millrace.ort.cuda.PeerGroup;
import io.millrace.ort.cuda.PeerRendezvous;
import io.millrace.ort.device.DeviceException;

/** Where the ranks of a stage join to sum over their devices. For all their threads. */
final class CudaMeeting {
    private final int ranks;
    private final PeerRendezvous rendezvous;
    private byte[] id;

    CudaMeeting(int ranks) {
        this.ranks = ranks;
        this.rendezvous = new PeerRendezvous(ranks);
    }

    int ranks() {
        return ranks;
    }

    /** Returns when all ranks have joined. */
    PausableSum join(CudaDevice device, int rank) {
        Nccl nccl = Nccl.load()
                .orElseThrow(() -> new DeviceException(
                        DeviceException.Kind.OTHER,
                        "tensor-parallel needs NCCL (libnccl.so.2), which was not found: install it, or use shards"));
        rendezvous.meet(rank, device.name()); // NCCL would wait for ever for a rank that does not come
        DeviceSum large = nccl.join(device, id(nccl), rank, ranks);
        return new PausableSum(
                device,
                PeerGroup.join(device, large, rendezvous, rank)
                        .map(DeviceSum.class::cast)
                        .orElse(large));
    }

    private synchronized byte[] id(Nccl nccl) {
        if (id == null) {
            id = nccl.newId();
        }
        return id;
    }

    /** Waits for all ranks to have loaded. */
    void meetLoaded() {
        rendezvous.meetLoaded();
    }

    /** Ends all waits, now and from now on. For any thread. */
    void abort() {
        rendezvous.abort();
    }
}
