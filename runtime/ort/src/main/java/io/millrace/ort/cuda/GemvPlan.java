package io.millrace.ort.cuda;

import java.util.List;

/** gemv.cu: reads the weights once for up to 16 rows of x, and again for each 16 more. */
final class GemvPlan implements LinearPlan {
    /** Rows of x of one run. */
    static final int MAX_TOKENS = 16;

    static final List<Integer> WARPS = List.of(4, 8, 16);

    /** A fair number of warps where nothing was timed. */
    static final int USUAL_WARPS = 8;

    private static final String SOURCE = "gemv.cu";
    private static final int ROWS_PER_BLOCK = 16;
    private static final int WARP = 32;
    private static final int HALF_BYTES = 2;

    private final CudaDevice device;
    private final LinearShape shape;
    private final Kernel kernel;
    private final int warps;

    /** @param warps one of {@link #WARPS} */
    GemvPlan(CudaDevice device, LinearShape shape, int warps) {
        this.device = device;
        this.shape = shape;
        this.warps = warps;
        int tokens = shape.tokens() <= 8 ? 8 : MAX_TOKENS;
        String kind = shape.epilogue() == Epilogue.SILU_MUL ? "gemv_silu_" : "gemv_";
        this.kernel = device.kernel(SOURCE, kind + shape.weights().kernel + "_" + tokens + "_" + warps);
    }

    @Override
    public void run(Operands operands) {
        for (int first = 0; first < shape.tokens(); first += MAX_TOKENS) {
            run(operands, first, Math.min(MAX_TOKENS, shape.tokens() - first));
        }
    }

    private void run(Operands operands, int first, int tokens) {
        kernel.launch(
                device.stream(),
                Math.ceilDiv(shape.rows(), ROWS_PER_BLOCK),
                1,
                warps * WARP,
                operands.x().address() + (long) first * shape.width() * HALF_BYTES,
                operands.w().address(),
                operands.scales().address(),
                operands.bias().address(),
                operands.y().address() + (long) first * shape.columns() * HALF_BYTES,
                tokens,
                shape.columns(),
                shape.width());
    }

    @Override
    public String name() {
        return kernel.name();
    }
}
