package io.millrace.ort.paged;

import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The ranks of a stage, each on a thread of its own, that share every layer and so run every step together. One that fails,
 * or is not heard of in time, takes the others with it: they would wait for it for ever.
 */
final class RankGroup implements ModelStage {
    private final List<Member> members;
    private final long patienceSeconds;
    private final ScheduledThreadPoolExecutor watch;
    /** What went wrong first: all that others then report is that they were left. */
    private final AtomicReference<Throwable> reason = new AtomicReference<>();

    /**
     * @param thread runs all that the rank does; its last task ends it
     * @param abort  ends what the rank waits for from others; for any thread
     */
    record Member(ExecutorService thread, ModelStage rank, Runnable abort) {}

    /** @param members by rank, the first one's result is the group's */
    RankGroup(List<Member> members, long patienceSeconds) {
        this.members = List.copyOf(members);
        this.patienceSeconds = patienceSeconds;
        watch = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("millrace-rank-watch").factory());
        watch.setRemoveOnCancelPolicy(true);
    }

    @Override
    public StageRun begin(StepPlan plan, StageOutput input) throws StepException {
        List<Future<StageRun>> begun = new ArrayList<>();
        for (Member member : members) {
            begun.add(member.thread().submit(() -> begin(member.rank(), plan, input)));
        }
        List<StageRun> runs = new ArrayList<>();
        for (Future<StageRun> future : begun) {
            get(plan, future).ifPresent(runs::add);
        }
        if (runs.size() < members.size()) {
            await(plan, runs);
        }
        return () -> await(plan, runs);
    }

    /** On the rank's thread: its peers learn at once that it does not come. */
    private StageRun begin(ModelStage rank, StepPlan plan, StageOutput input) throws StepException {
        try {
            return rank.begin(plan, input);
        } catch (StepException | RuntimeException | Error e) {
            abort(e);
            throw e;
        }
    }

    private void abort(Throwable cause) {
        reason.compareAndSet(null, cause);
        members.forEach(member -> member.abort().run());
    }

    /** Of all, also where one fails: what they hold for this step is given back then. */
    private StageOutput await(StepPlan plan, List<StageRun> runs) throws StepException {
        Future<?> limit = watch.schedule(
                () -> abort(new TimeoutException("step " + plan.id() + " was not done in " + patienceSeconds + " s")),
                patienceSeconds,
                TimeUnit.SECONDS);
        List<StageOutput> outputs = new ArrayList<>();
        for (StageRun run : runs) {
            try {
                outputs.add(run.await());
            } catch (StepException e) {
                abort(e);
            }
        }
        limit.cancel(false);
        if (reason.get() != null) {
            throw lost(); // also where all came: a sum that was aborted ends, and is worth nothing
        }
        return outputs.getFirst();
    }

    /** Empty where the rank did not begin. */
    private Optional<StageRun> get(StepPlan plan, Future<StageRun> future) {
        try {
            return Optional.of(future.get(patienceSeconds, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            abort(e.getCause());
        } catch (TimeoutException e) {
            abort(new TimeoutException("a rank did not begin step " + plan.id() + " in " + patienceSeconds + " s"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            abort(e);
        }
        return Optional.empty();
    }

    /** Whatever one rank could go on with, the others have waited for a sum that never comes. */
    private StepException lost() {
        Throwable first = reason.get();
        return new StepException(StepException.Kind.FATAL, first.getMessage(), first);
    }

    @Override
    public void close() {
        for (Member member : members) {
            member.thread().execute(member.rank()::close);
            member.thread().shutdown();
        }
        for (Member member : members) {
            try {
                member.thread().awaitTermination(patienceSeconds, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        watch.shutdownNow();
    }
}
