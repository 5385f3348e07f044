package io.millrace.ort.paged;

import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The ranks of a stage, each on a thread of its own, that share every layer and so run every step together. One that fails,
 * or is not heard of in time, takes the others with it: they would wait for it for ever.
 */
final class RankGroup implements ModelStage {
    private final List<Member> members;
    private final long patienceSeconds;

    /** @param thread runs all that the rank does; its last task ends it */
    record Member(ExecutorService thread, PagedRank rank) {}

    /** @param members by rank, the first one's result is the group's */
    RankGroup(List<Member> members, long patienceSeconds) {
        this.members = List.copyOf(members);
        this.patienceSeconds = patienceSeconds;
    }

    @Override
    public StageRun begin(StepPlan plan, StageOutput input) throws StepException {
        List<Future<StageRun>> begun = new ArrayList<>();
        for (Member member : members) {
            begun.add(member.thread().submit(() -> begin(member.rank(), plan, input)));
        }
        List<StageRun> runs = new ArrayList<>();
        for (Future<StageRun> future : begun) {
            runs.add(get(plan, future));
        }
        return () -> await(runs);
    }

    /** On the rank's thread: its peers learn at once that it does not come. */
    private StageRun begin(PagedRank rank, StepPlan plan, StageOutput input) throws StepException {
        try {
            return rank.begin(plan, input);
        } catch (StepException | RuntimeException | Error e) {
            abort();
            throw e;
        }
    }

    private void abort() {
        members.forEach(member -> member.rank().abort());
    }

    private StageOutput await(List<StageRun> runs) throws StepException {
        StageOutput first = null;
        for (StageRun run : runs) {
            try {
                StageOutput output = run.await();
                first = first == null ? output : first;
            } catch (StepException e) {
                throw lost(e.getMessage(), e);
            }
        }
        return first;
    }

    private StageRun get(StepPlan plan, Future<StageRun> future) throws StepException {
        try {
            return future.get(patienceSeconds, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw lost(e.getCause().getMessage(), e.getCause());
        } catch (TimeoutException e) {
            throw lost("a rank did not begin step " + plan.id() + " in " + patienceSeconds + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw lost("interrupted in step " + plan.id(), e);
        }
    }

    /** Whatever one rank could go on with, the others have waited for a sum that never comes. */
    private StepException lost(String message, Throwable cause) {
        abort();
        return new StepException(StepException.Kind.FATAL, message, cause);
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
    }
}
