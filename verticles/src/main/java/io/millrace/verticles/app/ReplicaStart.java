package io.millrace.verticles.app;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.api.Limits;
import io.millrace.engine.BatchTuner;
import io.millrace.engine.DraftSource;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelRunnerProvider;
import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import io.millrace.engine.Scheduler;
import io.millrace.engine.StepBounds;
import io.millrace.verticles.app.config.NodeConfig;
import io.millrace.verticles.batching.Batcher;
import io.millrace.verticles.batching.BatchingMeters;
import io.millrace.verticles.batching.BatchingVerticle;
import io.millrace.verticles.peer.stage.StagePlace;
import io.millrace.verticles.stream.Replica;
import io.millrace.verticles.stream.ServedModel;
import io.millrace.verticles.worker.StagePipeline;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings a model up: load it, give each stage its worker, start the batching loop. */
final class ReplicaStart {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaStart.class);

    static final String STAGE_BUSY = "millrace.stage.busy";

    private final Vertx vertx;
    private final NodeConfig config;
    private final Limits limits;
    private final MeterRegistry meters;
    private final LongSupplier nanoTime;
    private final Runnable onFatal;

    /** @param onFatal called on the batching loop when the runner is lost */
    ReplicaStart(Vertx vertx, NodeConfig config, MeterRegistry meters, LongSupplier nanoTime, Runnable onFatal) {
        this.vertx = vertx;
        this.config = config;
        this.limits = config.limits();
        this.meters = meters;
        this.nanoTime = nanoTime;
        this.onFatal = onFatal;
    }

    /** A replica that is up. */
    record Started(ServedModel model, Batcher batcher) {
        Replica.Ready ready() {
            return new Replica.Ready(model, batcher);
        }
    }

    /** What a configuration asks of a runner, for all layers of the model. */
    static LoadOptions options(NodeConfig config, Path model) {
        return options(config, model, config.shards(), OptionalInt.empty());
    }

    /** For one stage of a model whose others are on other nodes. */
    static LoadOptions options(NodeConfig config, Path model, StagePlace place) {
        return options(config, model, place.count(), OptionalInt.of(place.index()));
    }

    private static LoadOptions options(NodeConfig config, Path model, int shards, OptionalInt stage) {
        return new LoadOptions(
                model,
                config.cacheDir(),
                config.device(),
                shards,
                stage,
                config.ranks(),
                config.stepThreads(),
                config.precision().name().toLowerCase(Locale.ROOT),
                config.kvPrecision().name().toLowerCase(Locale.ROOT),
                config.limits());
    }

    /** Blocks for as long as loading takes. */
    static LoadedModel load(LoadOptions options) throws IOException {
        ModelRunnerProvider provider = ServiceLoader.load(ModelRunnerProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(candidate -> candidate.runsOn(options.device()))
                .findFirst()
                .orElseThrow(() -> new IOException("no runner for device " + options.device() + " on the class path"));
        return provider.load(options);
    }

    /** @param name what clients call the model */
    Future<Started> start(LoadedModel model, String name) {
        int context = Math.min(limits.contextTokens(), model.manifest().contextLength());
        Scheduler scheduler = new Scheduler(
                limits,
                context,
                model.feedsBack(),
                model.promptTokens(),
                model.sharing(),
                model.stages().size(),
                model.verifiesDrafts() ? DraftSource.promptLookup() : DraftSource.NONE);
        BatchingMeters batchingMeters = new BatchingMeters(meters, scheduler.load());
        LOG.info("{}", model.description());
        return StagePipeline.deploy(vertx, model.stages()).compose(pipeline -> {
            measure(pipeline);
            BatchingVerticle batching = new BatchingVerticle(
                    scheduler, pipeline, tuner(scheduler.bounds()), limits, batchingMeters, nanoTime, onFatal);
            return vertx.deployVerticle(batching)
                    .compose(id -> vertx.executeBlocking(
                            () -> new TextModel(name, model.tokenizer(), context, limits, nanoTime)))
                    .map(text -> new Started(text, batching.batcher()));
        });
    }

    private BatchTuner tuner(StepBounds most) {
        return switch (config.tuning().policy()) {
            case FIXED -> BatchTuner.fixed();
            case UTILIZATION -> BatchTuner.utilization(most);
            case LATENCY -> BatchTuner.latency(most, config.tuning().gapTarget());
        };
    }

    /** The rate of this counter is the share of time in which a stage has work; the rest is what its device idles. */
    private void measure(StagePipeline pipeline) {
        for (int i = 0; i < pipeline.stages(); i++) {
            int stage = i;
            // The registry holds it weakly; the batching loop holds the pipeline for as long as it runs.
            FunctionCounter.builder(STAGE_BUSY, pipeline, running -> running.busySeconds(stage))
                    .tag("stage", Integer.toString(stage))
                    .baseUnit("seconds")
                    .register(meters);
        }
    }
}
