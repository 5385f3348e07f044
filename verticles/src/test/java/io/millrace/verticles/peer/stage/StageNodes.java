package io.millrace.verticles.peer.stage;

import io.millrace.api.Limits;
import io.millrace.api.SamplingParams;
import io.millrace.engine.KvSharing;
import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StepPlan;
import io.millrace.verticles.peer.NodeIdentity;
import io.millrace.verticles.testing.TestCluster;
import io.millrace.verticles.testing.TestLimits;
import io.millrace.verticles.testing.TestReplica;
import io.millrace.verticles.worker.StagePipeline;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A head and nodes of stages in one JVM, over loopback and mutual TLS. */
final class StageNodes {
    static final int HIDDEN = 576;
    /** No machine is so busy. */
    static final Limits LIMITS = patient(Duration.ofMinutes(2));

    final List<String> losses = new CopyOnWriteArrayList<>();
    final List<String> broken = new CopyOnWriteArrayList<>();
    private final NodeIdentity head;
    private final NodeIdentity stage;

    StageNodes() throws IOException {
        TestCluster cluster = new TestCluster("ours", 2);
        head = cluster.setup(0).identity();
        stage = cluster.setup(1).identity();
    }

    static StageTerms terms(int index, Limits limits) {
        return new StageTerms(
                "a model",
                new StagePlace(index, 3),
                30,
                HIDDEN,
                49152,
                KvSharing.BY_COPY,
                limits.blockTokens(),
                limits.maxBatch(),
                limits.contextTokens(),
                limits.tokenBudget(),
                limits.kvBlocks(),
                limits.prefixCacheTokens(),
                limits.stepsInFlight());
    }

    static Limits patient(Duration timeout) {
        return TestLimits.with("stageTimeout", timeout);
    }

    /** @return the port */
    int serve(Vertx vertx, int port, StageTerms terms, Limits limits, ModelStage model) {
        StagePipeline pipeline = TestReplica.await(StagePipeline.deploy(vertx, List.of(model)));
        StageServiceVerticle service = new StageServiceVerticle(new StageServiceVerticle.Setup(
                SocketAddress.inetSocketAddress(port, "127.0.0.1"),
                stage,
                terms,
                "a scripted stage",
                pipeline,
                limits,
                () -> broken.add("lost")));
        TestReplica.await(vertx.deployVerticle(service));
        return service.port();
    }

    RemoteStage stage(Vertx vertx, int port, StageTerms terms, Limits limits) {
        return stage(vertx, head, port, terms, limits);
    }

    RemoteStage stage(Vertx vertx, NodeIdentity identity, int port, StageTerms terms, Limits limits) {
        SocketAddress address = SocketAddress.inetSocketAddress(port, "127.0.0.1");
        return new RemoteStage(vertx.getOrCreateContext(), identity, address, terms, limits, losses::add);
    }

    RemoteStages stages(Vertx vertx, int... ports) {
        List<SocketAddress> nodes = Arrays.stream(ports)
                .mapToObj(port -> SocketAddress.inetSocketAddress(port, "127.0.0.1"))
                .toList();
        return new RemoteStages(
                vertx.getOrCreateContext(), head, nodes, index -> terms(index, LIMITS), LIMITS, losses::add);
    }

    /** A step of one prompt. */
    static StepPlan plan(long id, int tokens) {
        return new StepPlan(
                id,
                List.of(new StepPlan.Slice(
                        7,
                        3,
                        0,
                        new int[tokens],
                        new int[] {4, 5},
                        1,
                        SamplingParams.GREEDY,
                        new int[] {1, 2},
                        tokens)),
                List.of(
                        new StepPlan.Copy(StepPlan.Copy.Kind.SAVE, 2, 16, List.of(3)),
                        new StepPlan.Copy(StepPlan.Copy.Kind.LOAD, 3, 0, List.of(3, 4))));
    }

    /** Row and column make up each state. */
    static StageOutput.Hidden states(int tokens) {
        ByteBuffer states =
                ByteBuffer.allocateDirect(tokens * HIDDEN * Float.BYTES).order(ByteOrder.nativeOrder());
        for (int i = 0; i < tokens * HIDDEN; i++) {
            states.putFloat(i);
        }
        return new StageOutput.Hidden(states.flip());
    }
}
