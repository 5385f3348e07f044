package io.millrace.verticles.batching;

import io.millrace.api.Rejection;
import io.millrace.engine.Admission;
import io.millrace.engine.Scheduler;
import io.millrace.engine.SequenceEvent;
import io.millrace.engine.SequenceSpec;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import io.millrace.verticles.worker.StagePipeline;
import io.vertx.core.Context;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One turn after another: commands in, steps out, events home. Confined to one event loop, which owns the scheduler
 * and the map from sequences to their owners.
 */
final class BatchingLoop {
    private static final Logger LOG = LoggerFactory.getLogger(BatchingLoop.class);

    private final Scheduler scheduler;
    private final int allBlocks;
    private final StagePipeline pipeline;
    private final StepTuning tuning;
    private final BatchingMeters meters;
    private final LongSupplier nanoTime;
    private final Context context;
    private final Runnable onFatal;
    /** Bounded by the scheduler's own bounds on sequences. */
    private final Map<Long, SequenceOwner> owners = new HashMap<>();

    private final QueueTimes queueTimes;

    private Batcher mailbox;
    /** Steps started and not reported yet; written on the loop only. */
    private volatile int stepsOut;

    BatchingLoop(
            Scheduler scheduler,
            StagePipeline pipeline,
            StepTuning tuning,
            BatchingMeters meters,
            LongSupplier nanoTime,
            Context context,
            Runnable onFatal) {
        this.scheduler = scheduler;
        this.allBlocks = scheduler.load().freeBlocks();
        this.pipeline = pipeline;
        this.tuning = tuning;
        this.meters = meters;
        this.queueTimes = new QueueTimes(meters::queued);
        this.nanoTime = nanoTime;
        this.context = context;
        this.onFatal = onFatal;
    }

    void reads(Batcher batcher) {
        mailbox = batcher;
    }

    boolean quiet() {
        return stepsOut == 0;
    }

    void turn() {
        mailbox.take().forEach(command -> command.accept(this));
        deliver(scheduler.expire(now()));
        tuning.tick(now());
        startSteps();
        meters.load(scheduler.load(), scheduler.bounds(), scheduler.prefixCache(), scheduler.drafts());
    }

    void submit(SequenceSpec spec, SequenceOwner owner) {
        switch (scheduler.submit(spec, now())) {
            case Admission.Admitted admitted -> {
                owners.put(admitted.id(), owner);
                queueTimes.admitted(admitted.id(), now());
                RunningSequence sequence = mailbox.sequence(admitted.id());
                owner.loop().run(() -> owner.admitted(sequence));
            }
            case Admission.Refused refused -> owner.loop().run(() -> owner.refused(refused.rejection()));
        }
    }

    /** The owner has ended the stream already: nobody waits for the event. */
    void cancel(long sequence) {
        scheduler.cancel(sequence).ifPresent(ended -> forget(sequence));
    }

    void finish(long sequence) {
        scheduler.finish(sequence).ifPresent(ended -> forget(sequence));
    }

    void stall(long sequence) {
        scheduler.stall(sequence, now());
    }

    void unstall(long sequence) {
        scheduler.unstall(sequence);
    }

    void park(long sequence) {
        scheduler.park(sequence);
    }

    void unpark(long sequence) {
        scheduler.unpark(sequence);
    }

    void endAll(Rejection why) {
        deliver(scheduler.endAll(why));
    }

    private long now() {
        return nanoTime.getAsLong();
    }

    private void startSteps() {
        for (var plan = scheduler.plan(now()); plan.isPresent(); plan = scheduler.plan(now())) {
            start(plan.get());
        }
    }

    private void start(StepPlan plan) {
        long began = now();
        queueTimes.planned(plan, began);
        StepEvent event = StepEvent.begun();
        stepsOut++;
        pipeline.run(
                plan,
                result -> context.runOnContext(nothing -> commit(plan, result, event, now() - began)),
                failure -> context.runOnContext(nothing -> fail(plan, failure)));
    }

    /** The next step starts before the tokens of this one go out, so that the runner does not wait for their delivery. */
    private void commit(StepPlan plan, StepResult result, StepEvent event, long nanos) {
        stepsOut--;
        meters.step(plan, nanos);
        tuning.committed(plan, now());
        event.committed(plan, allBlocks - scheduler.load().freeBlocks());
        List<SequenceEvent> events = scheduler.commit(result);
        startSteps();
        deliver(events);
        turn();
    }

    private void fail(StepPlan plan, StepException failure) {
        LOG.warn("step {} failed ({}): {}", plan.id(), failure.kind(), failure.getMessage(), failure.getCause());
        meters.failed(failure.kind());
        deliver(scheduler.fail(plan.id(), failure.kind()));
        if (failure.kind() == StepException.Kind.FATAL) {
            onFatal.run();
        }
        stepsOut--;
        turn();
    }

    private void deliver(List<SequenceEvent> events) {
        if (events.isEmpty()) {
            return;
        }
        Delivery delivery = new Delivery();
        for (SequenceEvent event : events) {
            SequenceOwner owner = event instanceof SequenceEvent.Ended ? forget(event.id()) : owners.get(event.id());
            if (owner != null) {
                delivery.add(owner, event);
            }
        }
        delivery.dispatch();
    }

    /** The owner it had, or null. */
    private SequenceOwner forget(long sequence) {
        queueTimes.ended(sequence);
        return owners.remove(sequence);
    }
}
