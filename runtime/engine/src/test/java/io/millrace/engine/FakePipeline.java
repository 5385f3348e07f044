package io.millrace.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Stages in a row, each with a queue. Every stage runs its steps in order; between stages, time passes as the test
 * pleases. After a failed step the ones behind it still run and write nonsense, as they do on a real device.
 */
final class FakePipeline {

    /** How a step went; exactly one of both is there. */
    record Report(long step, Optional<StepResult> result, Optional<StepException.Kind> failure) {}

    private final RandomGenerator random;
    private final double failureRate;
    private final List<FakeStage> stages = new ArrayList<>();
    private final List<ArrayDeque<StepPlan>> queues = new ArrayList<>();
    private final ArrayDeque<Report> reports = new ArrayDeque<>();
    /** Steps whose results nobody will use, though they run. */
    private final Set<Long> doomed = new HashSet<>();

    /** Failed steps that the scheduler has not heard of: until then, what it plans builds on them. */
    private final Set<Long> untold = new HashSet<>();

    /** @param specs of all sequences that ever were */
    FakePipeline(SimulationSetup setup, RandomGenerator random, Map<Long, SequenceSpec> specs) {
        this.random = random;
        failureRate = setup.failureRate();
        for (int i = 0; i < setup.stages(); i++) {
            stages.add(new FakeStage(setup, specs));
            queues.add(new ArrayDeque<>());
        }
    }

    void enqueue(StepPlan plan) {
        queues.getFirst().add(plan);
        if (!untold.isEmpty()) {
            doomed.add(plan.id());
        }
    }

    boolean idle() {
        return reports.isEmpty() && queues.stream().allMatch(ArrayDeque::isEmpty);
    }

    /** The oldest report that was not told; in the order in which steps ended. */
    Optional<Report> nextReport() {
        Optional<Report> report = Optional.ofNullable(reports.poll());
        report.ifPresent(told -> untold.remove(told.step()));
        return report;
    }

    /** The scheduler has given up all steps: they run to their end, and nothing builds on them. */
    void abandon() {
        untold.clear();
        queues.forEach(queue -> queue.forEach(plan -> doomed.add(plan.id())));
    }

    /** Runs the next step of any stage that has one; returns whether there was one. */
    boolean runAny(boolean mayFail) {
        int[] busy = IntStream.range(0, stages.size())
                .filter(stage -> !queues.get(stage).isEmpty())
                .toArray();
        if (busy.length > 0) {
            run(busy[random.nextInt(busy.length)], mayFail);
        }
        return busy.length > 0;
    }

    private void run(int stage, boolean mayFail) {
        StepPlan plan = queues.get(stage).remove();
        boolean useless = doomed.contains(plan.id());
        if (useless) {
            stages.get(stage).spoil(plan);
        } else if (mayFail && random.nextDouble() < failureRate) {
            stages.get(stage).spoil(plan);
            fail(plan.id());
            return;
        }
        int[] tokens = useless ? nonsense(plan) : stages.get(stage).run(plan);
        if (stage + 1 < stages.size()) {
            queues.get(stage + 1).add(plan);
        } else {
            reports.add(new Report(plan.id(), Optional.of(new StepResult(plan.id(), tokens)), Optional.empty()));
        }
    }

    private void fail(long step) {
        for (ArrayDeque<StepPlan> queue : queues) {
            queue.stream().map(StepPlan::id).filter(id -> id > step).forEach(doomed::add);
        }
        untold.add(step);
        reports.add(new Report(step, Optional.empty(), Optional.of(anyKind())));
    }

    private StepException.Kind anyKind() {
        int draw = random.nextInt(20);
        return draw == 0
                ? StepException.Kind.FATAL
                : draw < 8 ? StepException.Kind.CAPACITY : StepException.Kind.RETRYABLE;
    }

    private static int[] nonsense(StepPlan plan) {
        int[] tokens = new int[plan.drawCount()];
        Arrays.fill(tokens, FakeModel.VOCABULARY);
        return tokens;
    }
}
