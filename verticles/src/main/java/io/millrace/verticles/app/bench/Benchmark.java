package io.millrace.verticles.app.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** Measures targets in turn: a, b, a, b, … so that what changes on the machine meanwhile meets all alike. */
public final class Benchmark {
    private static final int WARMUP_TOKENS = 8;

    private final BenchPlan plan;
    private final SequencedMap<String, Target> targets;

    /** @param targets by the name they are reported under, in the order they are measured */
    public Benchmark(BenchPlan plan, SequencedMap<String, Target> targets) {
        this.plan = plan;
        this.targets = targets;
    }

    /** Answers that {@link #run} will wait for. */
    public int answers() {
        return targets.size() * (plan.warmup() + plan.rounds() * plan.requests());
    }

    /**
     * Blocks until all is measured.
     *
     * @param onAnswer called after each request, warm-up included, by any thread
     * @return the rounds of each target
     */
    public SequencedMap<String, List<RoundResult>> run(Runnable onAnswer) throws InterruptedException {
        SequencedMap<String, List<RoundResult>> results = new LinkedHashMap<>();
        for (Map.Entry<String, Target> target : targets.entrySet()) {
            results.put(target.getKey(), new ArrayList<>());
            BenchPlan warmup = plan.with(plan.warmup(), WARMUP_TOKENS);
            new Round(target.getValue(), warmup, plan.rounds(), onAnswer).run();
        }
        for (int i = 0; i < plan.rounds(); i++) {
            for (Map.Entry<String, Target> target : targets.entrySet()) {
                Round round = new Round(target.getValue(), plan, i, onAnswer);
                results.get(target.getKey()).add(round.run());
            }
        }
        return results;
    }
}
