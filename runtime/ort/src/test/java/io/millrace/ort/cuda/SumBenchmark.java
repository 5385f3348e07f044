package io.millrace.ort.cuda;

import io.millrace.ort.device.Fence;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Sums over GPUs by size, through peer memory whole and in shares, and by NCCL, as a Markdown table: {@code java -cp ...
 * io.millrace.ort.cuda.SumBenchmark 2}, the number of GPUs. Of each, the median over rounds of the mean of a queue of sums, as the
 * slowest rank had it.
 */
final class SumBenchmark {
    private static final int ROUNDS = 9;
    private static final int SUMS = 100;
    private static final int HALF = 2;
    private static final int MOST_BYTES = 64 << 20;

    /** What sending parts whole is tried with: more than it is used for. */
    private static final int WHOLE_BYTES = 4 << 20;

    private final int ranks;
    private final PeerRendezvous rendezvous;
    private byte[] id;

    private SumBenchmark(int ranks) {
        this.ranks = ranks;
        rendezvous = new PeerRendezvous(ranks);
    }

    public static void main(String[] args) throws Exception {
        int ranks = Integer.parseInt(args[0]);
        SumBenchmark benchmark = new SumBenchmark(ranks);
        System.out.println("| bytes | whole, us | in shares, us | NCCL, us | GB/s a GPU sends at the fastest |");
        System.out.println("|---|---|---|---|---|");
        try (ExecutorService threads = Executors.newFixedThreadPool(ranks)) {
            List<Callable<List<String>>> all = IntStream.range(0, ranks)
                    .<Callable<List<String>>>mapToObj(rank -> () -> benchmark.run(rank))
                    .toList();
            for (Future<List<String>> rows : threads.invokeAll(all)) {
                rows.get().forEach(System.out::println);
            }
        }
    }

    /** The first rank's rows; none of the others. */
    private List<String> run(int rank) {
        List<String> rows = new ArrayList<>();
        try (CudaDevice device = CudaDevice.open(rank, ActivationType.FP16)) {
            Nccl nccl = Nccl.load().orElseThrow();
            rendezvous.meet(rank, "opened");
            DeviceSum nccls = nccl.join(device, id(nccl), rank, ranks);
            MemorySegment memory = device.allocate(MOST_BYTES);
            device.fill(memory, (byte) 0);
            try (PeerGroup whole = PeerGroup.join(device, nccls, rendezvous, rank, WHOLE_BYTES)
                            .orElseThrow();
                    PeerGroup shares =
                            PeerGroup.join(device, nccls, rendezvous, rank, 0).orElseThrow()) {
                for (long bytes = 2048; bytes <= MOST_BYTES; bytes *= 2) {
                    double first =
                            bytes <= WHOLE_BYTES ? microseconds(rank, device, whole, memory, bytes) : Double.MAX_VALUE;
                    double second = microseconds(rank, device, shares, memory, bytes);
                    double third = microseconds(rank, device, nccls, memory, bytes);
                    double sent = 2.0 * (ranks - 1) / ranks * bytes;
                    double best = Math.min(Math.min(first, second), third);
                    rows.add("| %d | %s | %.1f | %.1f | %.0f |"
                            .formatted(
                                    bytes,
                                    bytes <= WHOLE_BYTES ? "%.1f".formatted(first) : "",
                                    second,
                                    third,
                                    sent / best / 1e3));
                }
                rendezvous.meet(rank, "end");
            }
            device.release(memory);
        }
        return rank == 0 ? rows : List.of();
    }

    private double microseconds(int rank, CudaDevice device, DeviceSum sum, MemorySegment memory, long bytes) {
        double[] times = new double[ROUNDS];
        queue(device, sum, memory, bytes);
        for (int round = 0; round < ROUNDS; round++) {
            rendezvous.meet(rank, "round");
            float mine = device.time(() -> repeat(sum, memory, bytes)) * 1000 / SUMS;
            times[round] = rendezvous.meet(rank, mine).stream()
                    .mapToDouble(time -> (float) time)
                    .max()
                    .orElseThrow();
        }
        Arrays.sort(times);
        return times[ROUNDS / 2];
    }

    private static void queue(CudaDevice device, DeviceSum sum, MemorySegment memory, long bytes) {
        repeat(sum, memory, bytes);
        try (Fence fence = device.fence()) {
            fence.await();
        }
    }

    private static void repeat(DeviceSum sum, MemorySegment memory, long bytes) {
        for (int i = 0; i < SUMS; i++) {
            sum.allReduce(memory, memory, bytes / HALF);
        }
    }

    private synchronized byte[] id(Nccl nccl) {
        if (id == null) {
            id = nccl.newId();
        }
        return id;
    }
}
