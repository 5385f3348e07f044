package io.millrace.verticles.app;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.millrace.api.Limits;
import io.millrace.engine.BatchTuner;
import io.millrace.engine.DraftSource;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import io.millrace.engine.Scheduler;
import io.millrace.engine.StepBounds;
import io.millrace.verticles.app.config.NodeConfig;
import io.millrace.verticles.batching.Batcher;
import io.millrace.verticles.batching.BatchingMeters;
import io.millrace.verticles.batching.BatchingVerticle;
import io.millrace.verticles.batching.SequenceRunner;
import io.millrace.verticles.cluster.LocalReplicas;
import io.millrace.verticles.peer.stage.StagePlace;
import io.millrace.verticles.stream.Replica;
import io.millrace.verticles.stream.ServedModel;
import io.millrace.verticles.worker.StagePipeline;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the replicas of a model up: load each, give each of its stages a worker, start its batching loop. */
final class ReplicaStart {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaStart.class);

    static final String STAGE_BUSY = "millrace.stage.busy";

    /** Tag of what each of several replicas is measured by. */
    static final String REPLICA = "replica";

    private final Vertx vertx;
    private final NodeConfig config;
    private final Limits limits;
    private final MeterRegistry meters;
    private final LongSupplier nanoTime;
    private final Runnable onFatal;

    /** @param onFatal called on a batching loop when no replica is left that works */
    ReplicaStart(Vertx vertx, NodeConfig config, MeterRegistry meters, LongSupplier nanoTime, Runnable onFatal) {
        this.vertx = vertx;
        this.config = config;
        this.limits = config.limits();
        this.meters = meters;
        this.nanoTime = nanoTime;
        this.onFatal = onFatal;
    }

    private record Running(SequenceRunner runner, List<Batcher> batchers) {}

    /**
     * What is up.
     *
     * @param runner   of all replicas together
     * @param batchers of each
     */
    record Started(ServedModel model, SequenceRunner runner, List<Batcher> batchers) {
        Replica.Ready ready() {
            return new Replica.Ready(model, runner);
        }
    }

    /** What a configuration asks of a runner, for all layers of the model; of its replicas the first. */
    static LoadOptions options(NodeConfig config, Path model) {
        return options(config, model, 0, config.shards(), OptionalInt.empty());
    }

    /** For one stage of a model whose others are on other nodes. */
    static LoadOptions options(NodeConfig config, Path model, StagePlace place) {
        return options(config, model, 0, place.count(), OptionalInt.of(place.index()));
    }

    private static LoadOptions options(NodeConfig asked, Path model, int replica, int shards, OptionalInt stage) {
        NodeConfig config = new Runners().placed(asked);
        return new LoadOptions(
                model,
                config.cacheDir(),
                config.deviceOf(replica),
                shards,
                stage,
                config.ranks(),
                config.stepThreadsOfReplica(),
                config.precision().name().toLowerCase(Locale.ROOT),
                config.kvPrecision().name().toLowerCase(Locale.ROOT),
                config.limits(),
                config.replicas(),
                config.cpuAttention());
    }

    /** All replicas, one after the other: what the first derives from the file is there for the others. Blocks. */
    static List<LoadedModel> loadAll(NodeConfig config, Path model) throws IOException {
        NodeConfig placed = new Runners().placed(config);
        List<LoadedModel> replicas = new ArrayList<>();
        try {
            for (int i = 0; i < placed.replicas(); i++) {
                replicas.add(load(options(placed, model, i, placed.shards(), OptionalInt.empty())));
            }
            return replicas;
        } catch (IOException | RuntimeException e) {
            replicas.forEach(LoadedModel::close);
            throw e;
        }
    }

    /** Blocks for as long as loading takes. */
    static LoadedModel load(LoadOptions options) throws IOException {
        return new Runners().on(options.device()).load(options);
    }

    /**
     * @param replicas at least one, of the same file
     * @param name     what clients call the model
     */
    Future<Started> start(List<LoadedModel> replicas, String name) {
        LoadedModel any = replicas.getFirst();
        return (replicas.size() == 1 ? one(any) : several(replicas))
                .compose(running -> vertx.executeBlocking(
                                () -> new TextModel(name, any.tokenizer(), context(any), limits, nanoTime))
                        .map(text -> new Started(text, running.runner(), running.batchers())));
    }

    private Future<Running> one(LoadedModel model) {
        LOG.info("{}", model.description());
        return batch(model, "millrace", Tags.empty(), onFatal).map(batcher -> new Running(batcher, List.of(batcher)));
    }

    private Future<Running> several(List<LoadedModel> models) {
        LocalReplicas replicas = new LocalReplicas(vertx, meters, onFatal);
        List<Future<Batcher>> started = new ArrayList<>();
        for (LoadedModel model : models) {
            int index = started.size();
            LOG.info("replica {}: {}", index, model.description());
            Tags tags = Tags.of(REPLICA, Integer.toString(index));
            started.add(batch(model, "millrace-replica-" + index, tags, () -> replicas.lost(index)));
        }
        return Future.all(started).map(all -> {
            List<Batcher> batchers = all.list();
            batchers.forEach(replicas::add);
            return new Running(replicas.runner(), batchers);
        });
    }

    private int context(LoadedModel model) {
        return Math.min(limits.contextTokens(), model.manifest().contextLength());
    }

    private Future<Batcher> batch(LoadedModel model, String threads, Tags tags, Runnable onLost) {
        Scheduler scheduler = new Scheduler(
                limits,
                context(model),
                model.feedsBack(),
                model.prompts(),
                model.sharing(),
                model.stages().size(),
                model.verifiesDrafts() ? DraftSource.promptLookup() : DraftSource.NONE);
        BatchingMeters batchingMeters = new BatchingMeters(meters, tags, scheduler.load());
        return StagePipeline.deploy(vertx, threads, model.stages()).compose(pipeline -> {
            measure(pipeline, tags);
            BatchingVerticle batching = new BatchingVerticle(
                    scheduler, pipeline, tuner(scheduler.bounds()), limits, batchingMeters, nanoTime, onLost);
            return vertx.deployVerticle(batching).map(id -> batching.batcher());
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
    private void measure(StagePipeline pipeline, Tags tags) {
        for (int i = 0; i < pipeline.stages(); i++) {
            int stage = i;
            // The registry holds it weakly; the batching loop holds the pipeline for as long as it runs.
            FunctionCounter.builder(STAGE_BUSY, pipeline, running -> running.busySeconds(stage))
                    .tags(tags)
                    .tag("stage", Integer.toString(stage))
                    .baseUnit("seconds")
                    .register(meters);
        }
    }
}
