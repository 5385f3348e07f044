package io.millrace.ort.cuda;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The plan for every shape of product. Numbers of tokens that come again and again are worth timing all there is, at
 * their first product; for any other, cuBLASLt's guess is taken. Owned by the device's thread.
 */
final class LinearPlans implements AutoCloseable {
    private static final Logger LOG = System.getLogger(LinearPlans.class.getName());

    /** Guessed plans kept; the one unused longest goes. Timed plans stay: matrices times timed numbers of tokens. */
    private static final int MAX_GUESSED = 512;

    private static final int TIMINGS = 5;

    private final CudaDevice device;
    private final LinearPlanner planner;
    private final Set<Integer> timedTokens;
    private final Map<LinearShape, LinearPlan> timed = new HashMap<>();
    private final LinkedHashMap<LinearShape, LinearPlan> guessed = new LinkedHashMap<>(16, 0.75f, true);

    /** @param timedTokens such as the sizes of decode batches */
    LinearPlans(CudaDevice device, LinearPlanner planner, Set<Integer> timedTokens) {
        this.device = device;
        this.planner = planner;
        this.timedTokens = Set.copyOf(timedTokens);
    }

    /** Queues the product. The first of a timed shape takes about a hundred times as long and waits for the device. */
    void run(LinearShape shape, LinearPlan.Operands operands) {
        LinearPlan plan = timed.get(shape);
        if (plan == null && timedTokens.contains(shape.tokens()) && !device.capturing()) {
            plan = fastest(shape, operands);
            timed.put(shape, plan);
        }
        (plan == null ? guess(shape) : plan).run(operands);
    }

    private LinearPlan guess(LinearShape shape) {
        LinearPlan plan = guessed.get(shape);
        if (plan == null) {
            plan = planner.guess(shape);
            guessed.put(shape, plan);
            if (guessed.size() > MAX_GUESSED) {
                guessed.pollFirstEntry().getValue().close();
            }
        }
        return plan;
    }

    private LinearPlan fastest(LinearShape shape, LinearPlan.Operands operands) {
        List<LinearPlan> library = planner.libraryPlans(shape);
        List<LinearPlan> all = new ArrayList<>(library);
        all.addAll(planner.gemvPlans(shape));
        if (all.isEmpty()) {
            all.add(planner.guess(shape));
        }
        LinearPlan best = all.getFirst();
        float bestTime = Float.POSITIVE_INFINITY;
        for (LinearPlan plan : all) {
            float time = shortestTime(plan, operands);
            if (time < bestTime) {
                bestTime = time;
                best = plan;
            }
        }
        LOG.log(Level.DEBUG, "{0}: {1} of {2} plans, {3} ms", shape, best.name(), all.size(), bestTime);
        if (!library.isEmpty() && !library.contains(best)) {
            library.getFirst().close();
        }
        return best;
    }

    private float shortestTime(LinearPlan plan, LinearPlan.Operands operands) {
        plan.run(operands);
        float shortest = Float.POSITIVE_INFINITY;
        for (int i = 0; i < TIMINGS; i++) {
            shortest = Math.min(shortest, planner.time(plan, operands));
        }
        return shortest;
    }

    /** The plan of a shape that was timed. */
    String timedName(LinearShape shape) {
        return timed.containsKey(shape) ? timed.get(shape).name() : "none";
    }

    @Override
    public void close() {
        timed.values().forEach(LinearPlan::close);
        guessed.values().forEach(LinearPlan::close);
    }
}
