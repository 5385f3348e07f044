package io.millrace.verticles.app.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** Measures targets in turn: a, b, a, b, … so that what changes on the machine meanwhile meets all alike. */
public final class Benchmark {
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

    /** Blocks until all is measured. */
    public Level run(Watcher watcher) throws InterruptedException {
        SequencedMap<String, List<RoundResult>> results = new LinkedHashMap<>();
        for (Map.Entry<String, Target> target : targets.entrySet()) {
            results.put(target.getKey(), new ArrayList<>());
            watcher.begins(target.getKey() + ": warm-up of " + plan.warmup() + " requests");
            round(target, plan.warmingUp(), plan.rounds(), watcher);
        }
        for (int i = 0; i < plan.rounds(); i++) {
            for (Map.Entry<String, Target> target : targets.entrySet()) {
                watcher.begins(target.getKey() + ": round " + (i + 1) + " of " + plan.rounds() + ", " + plan.requests()
                        + " requests");
                results.get(target.getKey()).add(round(target, plan, i, watcher));
            }
        }
        return new Level(plan, results);
    }

    private static RoundResult round(Map.Entry<String, Target> target, BenchPlan part, int index, Watcher watcher)
            throws InterruptedException {
        return new Round(target.getKey(), target.getValue(), part, index, watcher).run();
    }
}
