package io.millrace.ort.cuda;

import java.lang.foreign.MemorySegment;

/** silu of the first half of each row times the second half. */
final class SiluMul {
    private static final int THREADS = 256;
    private static final int FEATURES_PER_THREAD = 8;

    private final CudaDevice device;
    private final Kernel kernel;

    SiluMul(CudaDevice device) {
        this.device = device;
        kernel = device.kernel("elementwise.cu", "silu_mul");
    }

    /**
     * @param in  {@code [tokens, 2 * features]}
     * @param out {@code [tokens, features]}; features is a multiple of 8
     */
    void run(MemorySegment in, MemorySegment out, int tokens, int features) {
        if (features % FEATURES_PER_THREAD != 0) {
            throw new IllegalArgumentException("SiluMul of " + features + " features: they must be a multiple of 8");
        }
        kernel.launch(
                device.stream(),
                Math.ceilDiv(features / FEATURES_PER_THREAD, THREADS),
                tokens,
                THREADS,
                in.address(),
                out.address(),
                features);
    }
}
