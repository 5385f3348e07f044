package io.millrace.ort;

import io.millrace.engine.StageOutput;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.ort.capi.OrtFailure;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A stage's sessions: one on all of its threads, and where it has more than one thread two on half of them each. */
final class Lanes {
    private final Lane wide;
    private final List<Lane> narrow;

    /** Computes the second lane's part, while the stage's own thread computes the first's. */
    private final ExecutorService second = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("millrace-lane").factory());

    /** @param narrow none, or {@link LaneShares#LANES} */
    Lanes(Lane wide, List<Lane> narrow) {
        this.wide = wide;
        this.narrow = narrow;
    }

    /** @param rowsAlike whether a row alone is computed as it is among others */
    void compute(StepPlan plan, int slots, boolean rowsAlike, StageOutput input) throws StepException {
        List<List<Integer>> shares =
                narrow.isEmpty() ? List.of() : LaneShares.of(plan).orElse(List.of());
        if (shares.isEmpty()) {
            wide.compute(plan, StepLayout.of(plan, slots, rowsAlike), input);
            return;
        }
        List<List<StepLayout.Call>> calls = shares.stream()
                .map(share -> StepLayout.of(plan, share, slots, rowsAlike))
                .toList();
        Future<?> other = second.submit(() -> {
            narrow.get(1).compute(plan, calls.get(1), input);
            return null;
        });
        try {
            narrow.get(0).compute(plan, calls.get(0), input);
        } finally {
            await(other);
        }
    }

    /** Always, since what it computes in belongs to the step that failed, too. */
    private static void await(Future<?> run) throws StepException {
        try {
            run.get();
        } catch (InterruptedException e) {
            throw new IllegalStateException("a stage's thread is not interrupted", e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case OrtFailure failed -> throw failed;
                case StepException failed -> throw failed;
                default -> throw new IllegalStateException("a lane broke", e.getCause());
            }
        }
    }

    void close() {
        second.close();
        wide.close();
        narrow.forEach(Lane::close);
    }
}
