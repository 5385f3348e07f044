package io.millrace.verticles.batching;

import io.millrace.api.Limits;
import io.millrace.engine.BatchTuner;
import io.millrace.engine.Scheduler;
import io.millrace.verticles.worker.StagePipeline;
import io.vertx.core.AbstractVerticle;
import java.time.Duration;
import java.util.function.LongSupplier;

/** Gives the batching loop its event loop and its clock's ticks. */
public final class BatchingVerticle extends AbstractVerticle {
    /** How late a stall timeout may be noticed while no step runs. */
    private static final Duration TICK = Duration.ofMillis(250);

    private final Scheduler scheduler;
    private final StagePipeline pipeline;
    private final BatchTuner tuner;
    private final Limits limits;
    private final BatchingMeters meters;
    private final LongSupplier nanoTime;
    private final Runnable onFatal;
    private Batcher batcher;

    /** @param onFatal called once, on the batching loop, when the runner is lost */
    public BatchingVerticle(
            Scheduler scheduler,
            StagePipeline pipeline,
            BatchTuner tuner,
            Limits limits,
            BatchingMeters meters,
            LongSupplier nanoTime,
            Runnable onFatal) {
        this.scheduler = scheduler;
        this.pipeline = pipeline;
        this.tuner = tuner;
        this.limits = limits;
        this.meters = meters;
        this.nanoTime = nanoTime;
        this.onFatal = onFatal;
    }

    @Override
    public void start() {
        StepTuning tuning = new StepTuning(scheduler, tuner, pipeline::busiestSeconds, nanoTime.getAsLong());
        BatchingLoop loop = new BatchingLoop(scheduler, pipeline, tuning, meters, nanoTime, context, onFatal);
        batcher = new Batcher(limits, context, loop::turn, meters::load, loop::quiet);
        loop.reads(batcher);
        vertx.setPeriodic(TICK.toMillis(), id -> loop.turn());
    }

    /** The mailbox; there once the verticle is deployed. */
    public Batcher batcher() {
        return batcher;
    }
}
