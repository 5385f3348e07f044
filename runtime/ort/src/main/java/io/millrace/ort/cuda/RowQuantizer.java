package io.millrace.ort.cuda;

import java.lang.foreign.MemorySegment;

/** Rows of activations as e4m3, each with a scale of its own, in scratch memory that the next call overwrites. */
final class RowQuantizer implements AutoCloseable {
    private static final String SOURCE = "quantize.cu";
    private static final int THREADS = 256;

    private final CudaDevice device;
    private final Kernel quantize;
    private final Kernel scale;
    private final Scratch rows;
    private final Scratch scales;

    RowQuantizer(CudaDevice device) {
        this.device = device;
        quantize = device.kernel(SOURCE, "quantize_rows");
        scale = device.kernel(SOURCE, "scale_rows_cols");
        rows = new Scratch(device);
        scales = new Scratch(device);
    }

    /** @param values {@code [tokens, width]} bytes of e4m3; @param scales {@code [tokens]} float32 */
    record Quantized(MemorySegment values, MemorySegment scales) {}

    /** @param x {@code [tokens, width]} of the activation type */
    Quantized quantize(MemorySegment x, int tokens, int width) {
        MemorySegment values = rows.atLeast((long) tokens * width);
        MemorySegment tokenScales = scales.atLeast((long) tokens * Float.BYTES);
        quantize.launch(
                device.stream(), tokens, 1, THREADS, x.address(), values.address(), tokenScales.address(), width);
        return new Quantized(values, tokenScales);
    }

    /** In place, the operands' {@code y [tokens, rows]} from unscaled bfloat16, without bias, to the activation type. */
    void scale(LinearPlan.Operands operands, MemorySegment tokenScales, int tokens, int rows) {
        scale.launch(
                device.stream(),
                Math.ceilDiv(rows, THREADS),
                tokens,
                THREADS,
                operands.y().address(),
                tokenScales.address(),
                operands.scales().address(),
                operands.bias().address(),
                rows);
    }

    @Override
    public void close() {
        rows.close();
        scales.close();
    }
}
