package io.millrace.verticles.testing;

import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.api.Prompt;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import io.millrace.engine.BatchTuner;
import io.millrace.engine.KvSharing;
import io.millrace.engine.ModelStage;
import io.millrace.engine.PromptPace;
import io.millrace.engine.Scheduler;
import io.millrace.engine.SchedulerLoad;
import io.millrace.verticles.batching.Batcher;
import io.millrace.verticles.batching.BatchingMeters;
import io.millrace.verticles.batching.BatchingVerticle;
import io.millrace.verticles.batching.SequenceRunner;
import io.millrace.verticles.cluster.ClusterNode;
import io.millrace.verticles.cluster.ClusterSetup;
import io.millrace.verticles.cluster.HintBus;
import io.millrace.verticles.cluster.LocalReplicas;
import io.millrace.verticles.peer.Offer;
import io.millrace.verticles.stream.Replica;
import io.millrace.verticles.stream.Streams;
import io.millrace.verticles.worker.StagePipeline;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Everything between ingress and model as a node has it, with a stage of the test's own as the model. */
public final class TestReplica implements AutoCloseable {
    /** Long enough for any machine: nothing in a test is expected to take it. */
    private static final long PATIENCE_SECONDS = 60;
    /** Spinning would take a core from the threads that are waited for. */
    private static final long POLL_NANOS = 500_000;

    public final Vertx vertx;
    public final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    public final Streams streams;
    public final Limits limits;
    /** Of each replica, in their order. */
    private final List<Batcher> batchers = new ArrayList<>();

    public TestReplica(Limits limits, ModelStage stage) {
        this(eventLoops(), limits, stage);
    }

    public TestReplica(Vertx vertx, Limits limits, ModelStage stage) {
        this(vertx, limits, stage, KvSharing.NONE);
    }

    public TestReplica(Vertx vertx, Limits limits, ModelStage stage, KvSharing sharing) {
        this(vertx, limits);
        serve(batch(stage, sharing, Tags.empty(), this::lost));
    }

    /** Two replicas behind the same streams. */
    public TestReplica(Limits limits, ModelStage first, ModelStage second) {
        this(eventLoops(), limits);
        LocalReplicas replicas = new LocalReplicas(vertx, meters, this::lost);
        replicas.add(batch(first, KvSharing.NONE, Tags.of("replica", "0"), () -> replicas.lost(0)));
        replicas.add(batch(second, KvSharing.NONE, Tags.of("replica", "1"), () -> replicas.lost(1)));
        serve(replicas.runner());
    }

    private TestReplica(Vertx vertx, Limits limits) {
        this.vertx = vertx;
        this.limits = limits;
        streams = new Streams(vertx, limits, meters, System::nanoTime);
    }

    private static Vertx eventLoops() {
        return Vertx.vertx(new VertxOptions().setEventLoopPoolSize(4));
    }

    private Batcher batch(ModelStage stage, KvSharing sharing, Tags tags, Runnable onLost) {
        Scheduler scheduler =
                new Scheduler(limits, limits.contextTokens(), true, PromptPace.of(Integer.MAX_VALUE), sharing, 1);
        BatchingMeters batching = new BatchingMeters(meters, tags, scheduler.load());
        Batcher started = await(StagePipeline.deploy(vertx, "replica-" + batchers.size(), List.of(stage))
                .compose(pipeline -> {
                    BatchingVerticle verticle = new BatchingVerticle(
                            scheduler, pipeline, BatchTuner.fixed(), limits, batching, System::nanoTime, onLost);
                    return vertx.deployVerticle(verticle).map(id -> verticle.batcher());
                }));
        batchers.add(started);
        return started;
    }

    private void serve(SequenceRunner runner) {
        streams.switchTo(new Replica.Ready(new CountingModel(), runner));
    }

    private void lost() {
        streams.switchTo(new Replica.Unready("the model stopped working"));
    }

    /** Its streams may run on other nodes from now on. */
    public ClusterNode join(ClusterSetup setup, HintBus hints) {
        ClusterNode node = new ClusterNode(vertx, setup, limits, meters, hints, System::nanoTime);
        await(node.start());
        if (streams.replica() instanceof Replica.Ready local) {
            streams.switchTo(new Replica.Ready(local.model(), node.serve(offer(local))));
        }
        return node;
    }

    private static Offer offer(Replica.Ready local) {
        return new Offer(local.model().name(), local.model().tokenizer(), local.runner());
    }

    /** As of the batching loop's last turn. */
    public SchedulerLoad load() {
        return load(0);
    }

    /** Of one of two replicas. */
    public SchedulerLoad load(int replica) {
        return batchers.get(replica).load();
    }

    /** Streams that ended so, ever. */
    public double finished(FinishReason reason) {
        return meters.get("millrace.streams.finished")
                .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                .counter()
                .count();
    }

    /** A prompt of {@code promptTokens} tokens. */
    public static Request request(int promptTokens, int maxTokens, String... stop) {
        return new Request(
                "", new Prompt.Text("x".repeat(promptTokens)), SamplingParams.GREEDY, maxTokens, List.of(stop));
    }

    public static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Waits for another thread to bring something about. */
    public static void eventually(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("never: " + what);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    @Override
    public void close() {
        await(vertx.close());
    }
}
