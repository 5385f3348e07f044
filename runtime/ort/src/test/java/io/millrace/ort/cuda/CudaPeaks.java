package io.millrace.ort.cuda;

import io.millrace.ort.device.Fence;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.stream.DoubleStream;

/**
 * What a GPU does at its best with what a step is made of: what steps are measured against.
 *
 * @param readBytesPerSecond of device memory: the better of a copy, which reads and writes, and of the product of one row
 *     with a matrix much larger than every cache
 * @param flopsPerSecond     of a product of large matrices
 */
public record CudaPeaks(double readBytesPerSecond, double flopsPerSecond) {
    private static final int REPEATS = 20;
    private static final int STAGING_BYTES = 64 << 20;
    private static final int READ_ROWS = 262_144;
    private static final int WIDTH = 8192;
    private static final int ROW_BYTES = 2 * WIDTH;

    /** Takes 9 GiB of the device for some seconds. */
    public static CudaPeaks measure(int ordinal) {
        try (CudaDevice device = CudaDevice.open(ordinal, ActivationType.FP16);
                LinearPlanner planner = new LinearPlanner(device);
                LinearPlans plans = new LinearPlans(device, planner, Set.of(1, WIDTH))) {
            MemorySegment w = device.allocate((long) READ_ROWS * ROW_BYTES);
            MemorySegment x = device.allocate((long) WIDTH * ROW_BYTES);
            MemorySegment y = device.allocate(w.byteSize());
            randomHalves(device, x);
            randomHalves(device, w);
            double copied = best(() -> device.time(() -> device.copyIn(y, w)));
            double read = best(() -> product(device, plans, 1, READ_ROWS, x, w, y));
            double multiplied = best(() -> product(device, plans, WIDTH, WIDTH, x, w, y));
            for (MemorySegment memory : new MemorySegment[] {w, x, y}) {
                device.release(memory);
            }
            return new CudaPeaks(
                    Math.max(2 * w.byteSize() / copied, w.byteSize() / read), 2.0 * WIDTH * WIDTH * WIDTH / multiplied);
        }
    }

    /** Milliseconds. */
    private static double product(
            CudaDevice device,
            LinearPlans plans,
            int tokens,
            int rows,
            MemorySegment x,
            MemorySegment w,
            MemorySegment y) {
        LinearShape shape = new LinearShape(tokens, rows, WIDTH, WeightType.HALF, device.type(), Epilogue.NONE);
        LinearPlan.Operands operands = new LinearPlan.Operands(x, w, MemorySegment.NULL, MemorySegment.NULL, y);
        return device.time(() -> plans.run(shape, operands));
    }

    /** Seconds of the shortest; the first ones load and search. */
    private static double best(DoubleSupplier milliseconds) {
        return DoubleStream.generate(milliseconds).limit(REPEATS).min().orElseThrow() / 1e3;
    }

    /** Not zeros, with which a GPU draws less power and so clocks higher. */
    private static void randomHalves(CudaDevice device, MemorySegment memory) {
        MemorySegment staging = device.staging(STAGING_BYTES);
        Random random = new Random(1);
        for (long i = 0; i < STAGING_BYTES / 2; i++) {
            staging.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16((float) random.nextGaussian() * 0.02f));
        }
        for (long at = 0; at < memory.byteSize(); at += STAGING_BYTES) {
            device.copyIn(memory.asSlice(at, STAGING_BYTES), staging);
        }
        try (Fence fence = device.fence()) {
            fence.await();
        }
        device.releaseStaging(staging);
    }
}
