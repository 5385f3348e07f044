package io.millrace.ort.cuda;

import io.millrace.ort.device.Fence;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Part of {@link CudaCheck}: two ranks that sum through peer.cu, on two devices, or on one where there are no two. */
final class PeerCheck {
    private static final int RANKS = 2;
    /** Of a sum whose parts are sent whole, and of one in shares that do not come out even. */
    private static final int[] ELEMENTS = {8192, (1 << 20) + 24};

    private static final int ROUNDS = 20;
    private static final int LIMIT_SECONDS = 10;

    private final PeerRendezvous rendezvous = new PeerRendezvous(RANKS);

    /** NCCL's place, which these sums are too small for. */
    private record NoSum() implements DeviceSum {
        @Override
        public void allReduce(MemorySegment in, MemorySegment out, long count) {
            throw new IllegalStateException("too large");
        }

        @Override
        public void broadcast(MemorySegment memory) {
            throw new IllegalStateException("not asked for here");
        }

        @Override
        public void check() {}

        @Override
        public void abort() {}

        @Override
        public void close() {}
    }

    static boolean sumsAreRight() {
        int devices = CudaDriver.find(LibraryFinder.system()).orElseThrow().deviceCount();
        PeerCheck check = new PeerCheck();
        try (ExecutorService threads = Executors.newFixedThreadPool(RANKS);
                ScheduledExecutorService watchdog = Executors.newSingleThreadScheduledExecutor()) {
            List<Future<Boolean>> ranks = IntStream.range(0, RANKS)
                    .mapToObj(rank -> threads.submit(() -> check.run(rank, rank % devices, watchdog)))
                    .toList();
            boolean right = true;
            for (Future<Boolean> rank : ranks) {
                right &= rank.get();
            }
            watchdog.shutdownNow();
            return right;
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean run(int rank, int ordinal, ScheduledExecutorService watchdog) {
        try (CudaDevice device = CudaDevice.open(ordinal, ActivationType.FP16)) {
            boolean right = true;
            for (int elements : ELEMENTS) {
                right &= sums(rank, device, watchdog, elements);
            }
            return right;
        }
    }

    /** Two ranks on one device: what one allocates may have to wait for a sum that waits for it, so it is done before. */
    private boolean sums(int rank, CudaDevice device, ScheduledExecutorService watchdog, int elements) {
        MemorySegment staging = device.staging(2L * elements);
        MemorySegment in = device.allocate(2L * elements);
        MemorySegment out = device.allocate(2L * elements);
        try (PeerGroup group =
                PeerGroup.join(device, new NoSum(), rendezvous, rank).orElseThrow()) {
            watchdog.schedule(
                    () -> {
                        System.out.println("the sum did not end in time");
                        group.abort();
                    },
                    LIMIT_SECONDS,
                    TimeUnit.SECONDS);
            int wrong = 0;
            for (int round = 0; round < ROUNDS; round++) {
                write(staging, round * RANKS + rank, elements);
                device.copyIn(in, staging);
                group.allReduce(in, out, elements);
                device.copyOut(staging, out);
                await(device);
                wrong += differences(staging, round, elements);
            }
            rendezvous.meet(rank, "timing");
            float milliseconds = device.time(() -> {
                for (int round = 0; round < ROUNDS; round++) {
                    group.allReduce(in, out, elements);
                }
            });
            System.out.printf(
                    "  rank %d, %d elements: %.1f us a sum, %d wrong%n",
                    rank, elements, milliseconds * 1000 / ROUNDS, wrong);
            rendezvous.meet(rank, "end");
            device.releaseStaging(staging);
            device.release(in);
            device.release(out);
            return wrong == 0;
        }
    }

    private static void await(CudaDevice device) {
        try (Fence fence = device.fence()) {
            fence.await();
        }
    }

    private static float[] values(int seed, int elements) {
        Random random = new Random(seed);
        float[] values = new float[elements];
        for (int i = 0; i < elements; i++) {
            values[i] = Float.float16ToFloat(Float.floatToFloat16((float) random.nextGaussian()));
        }
        return values;
    }

    private static void write(MemorySegment halves, int seed, int elements) {
        float[] values = values(seed, elements);
        for (int i = 0; i < elements; i++) {
            halves.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(values[i]));
        }
    }

    private static int differences(MemorySegment halves, int round, int elements) {
        float[] first = values(round * RANKS, elements);
        float[] second = values(round * RANKS + 1, elements);
        int wrong = 0;
        for (int i = 0; i < elements; i++) {
            short expected = Float.floatToFloat16(first[i] + second[i]);
            wrong += halves.getAtIndex(ValueLayout.JAVA_SHORT, i) == expected ? 0 : 1;
        }
        return wrong;
    }
}
