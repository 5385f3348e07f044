package io.millrace.verticles.testing;

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
import io.millrace.engine.Scheduler;
import io.millrace.engine.SchedulerLoad;
import io.millrace.verticles.batching.BatchingMeters;
import io.millrace.verticles.batching.BatchingVerticle;
import io.millrace.verticles.cluster.ClusterNode;
import io.millrace.verticles.cluster.ClusterSetup;
import io.millrace.verticles.cluster.HintBus;
import io.millrace.verticles.peer.Offer;
import io.millrace.verticles.stream.Replica;
import io.millrace.verticles.stream.Streams;
import io.millrace.verticles.worker.StagePipeline;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
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
    private final BatchingMeters batching;

    public TestReplica(Limits limits, ModelStage stage) {
        this(Vertx.vertx(new VertxOptions().setEventLoopPoolSize(4)), limits, stage);
    }

    public TestReplica(Vertx vertx, Limits limits, ModelStage stage) {
        this(vertx, limits, stage, KvSharing.NONE);
    }

    public TestReplica(Vertx vertx, Limits limits, ModelStage stage, KvSharing sharing) {
        this.vertx = vertx;
        this.limits = limits;
        streams = new Streams(vertx, limits, meters, System::nanoTime);
        Scheduler scheduler = new Scheduler(limits, limits.contextTokens(), true, Integer.MAX_VALUE, sharing, 1);
        batching = new BatchingMeters(meters, scheduler.load());
        Replica.Ready ready = await(StagePipeline.deploy(vertx, List.of(stage)).compose(pipeline -> {
            BatchingVerticle verticle = new BatchingVerticle(
                    scheduler,
                    pipeline,
                    BatchTuner.fixed(),
                    limits,
                    batching,
                    System::nanoTime,
                    () -> streams.switchTo(new Replica.Unready("the model stopped working")));
            return vertx.deployVerticle(verticle).map(id -> new Replica.Ready(new CountingModel(), verticle.batcher()));
        }));
        streams.switchTo(ready);
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
        return batching.load();
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
