package io.millrace.ort.cuda;

import java.util.ArrayList;
import java.util.List;

/** All ways to compute a product. Holds what they share; owned by the device's thread. */
final class LinearPlanner implements AutoCloseable {
    private static final int MAX_ALGORITHMS = 16;

    private final CudaDevice device;
    private final LtWorkspace workspace;
    private final RowQuantizer quantizer;
    private final SiluMul siluMul;
    private final Scratch products;

    LinearPlanner(CudaDevice device) {
        this.device = device;
        workspace = new LtWorkspace(device.libraries().cublasLt(), device);
        quantizer = new RowQuantizer(device);
        siluMul = new SiluMul(device);
        products = new Scratch(device);
    }

    /** A good one without trying. */
    LinearPlan guess(LinearShape shape) {
        List<LinearPlan> library = shape.tokens() <= GemvPlan.MAX_TOKENS ? List.of() : libraryPlans(shape, 1);
        return library.isEmpty() ? new GemvPlan(device, shape, GemvPlan.USUAL_WARPS) : library.getFirst();
    }

    /** Those of the library share one problem, which the first one that is closed ends. */
    List<LinearPlan> libraryPlans(LinearShape shape) {
        return libraryPlans(shape, MAX_ALGORITHMS);
    }

    /** Empty where the weights would be read so often that none can be the fastest. */
    List<LinearPlan> gemvPlans(LinearShape shape) {
        return shape.tokens() > GemvPlan.MAX_TOKENS
                ? List.of()
                : GemvPlan.WARPS.stream()
                        .map(warps -> (LinearPlan) new GemvPlan(device, shape, warps))
                        .toList();
    }

    private List<LinearPlan> libraryPlans(LinearShape shape, int most) {
        if (shape.epilogue() == Epilogue.SILU_MUL) {
            return libraryPlans(shape.plain(), most).stream()
                    .map(product -> (LinearPlan) new SiluPlan(shape, product, siluMul, products))
                    .toList();
        }
        boolean scaled = shape.weights() == WeightType.E4M3;
        LtProblem problem = new LtProblem(workspace, shape, scaled, most);
        if (scaled && problem.algorithms().isEmpty()) {
            problem.close();
            scaled = false;
            problem = new LtProblem(workspace, shape, false, most);
        }
        List<LinearPlan> plans = new ArrayList<>();
        for (int i = 0; i < problem.algorithms().size(); i++) {
            plans.add(new LtPlan(device, shape, quantizer, problem, scaled, i));
        }
        if (plans.isEmpty()) {
            problem.close();
        }
        return plans;
    }

    /** Milliseconds of one run with a cold cache: in a step, other weights were read before. */
    float time(LinearPlan plan, LinearPlan.Operands operands) {
        device.fill(workspace.memory, (byte) 0);
        return device.time(() -> plan.run(operands));
    }

    @Override
    public void close() {
        products.close();
        quantizer.close();
        workspace.close();
    }
}
