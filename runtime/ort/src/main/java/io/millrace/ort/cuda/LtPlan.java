package io.millrace.ort.cuda;

import java.lang.foreign.MemorySegment;

/** One algorithm of cuBLASLt, with the activations quantized before and scaled after where the weights are FP8. */
final class LtPlan implements LinearPlan {
    private final CudaDevice device;
    private final LinearShape shape;
    private final RowQuantizer quantizer;
    private final LtProblem problem;
    private final boolean scaled;
    private final int algorithm;

    /**
     * @param scaled    whether the problem applies FP8's scales itself
     * @param algorithm index of one of the problem's
     */
    LtPlan(
            CudaDevice device,
            LinearShape shape,
            RowQuantizer quantizer,
            LtProblem problem,
            boolean scaled,
            int algorithm) {
        this.device = device;
        this.shape = shape;
        this.quantizer = quantizer;
        this.problem = problem;
        this.scaled = scaled;
        this.algorithm = algorithm;
    }

    @Override
    public void run(Operands operands) {
        MemorySegment chosen = problem.algorithms().get(algorithm);
        if (shape.weights() == WeightType.HALF) {
            problem.run(chosen, operands, operands.x(), MemorySegment.NULL, device.stream());
            return;
        }
        RowQuantizer.Quantized x = quantizer.quantize(operands.x(), shape.tokens(), shape.width());
        problem.run(chosen, operands, x.values(), x.scales(), device.stream());
        if (!scaled) {
            quantizer.scale(operands, x.scales(), shape.tokens(), shape.rows());
        }
    }

    @Override
    public String name() {
        return "cublasLt " + algorithm + (shape.weights() == WeightType.E4M3 && !scaled ? " unscaled" : "");
    }

    @Override
    public void close() {
        problem.close();
    }
}
