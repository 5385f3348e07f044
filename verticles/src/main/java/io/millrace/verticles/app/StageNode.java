package io.millrace.verticles.app;

import io.millrace.engine.LoadedModel;
import io.millrace.verticles.app.config.NodeConfig;
import io.millrace.verticles.peer.stage.ModelFingerprint;
import io.millrace.verticles.peer.stage.StagePlace;
import io.millrace.verticles.peer.stage.StageServiceVerticle;
import io.millrace.verticles.peer.stage.StageTerms;
import io.millrace.verticles.worker.StagePipeline;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.SocketAddress;
import java.nio.file.Path;

/** A running node that has one stage of a model and computes it for a head. What {@code serve-stage} starts. */
public final class StageNode {
    private final Vertx vertx;
    private final Promise<Void> fatal = Promise.promise();
    private int port;

    private StageNode(NodeConfig config) {
        vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(config.loopThreads()));
    }

    /** @return completes when a head can come; fails, with everything closed again, where none ever could */
    public static Future<StageNode> start(NodeConfig config, Path modelFile, StagePlace place) {
        StageNode node = new StageNode(config);
        // Of no context: a future of this Vert.x instance's event loops would never fail once they are closed.
        Promise<StageNode> started = Promise.promise();
        node.vertx
                .executeBlocking(() -> ReplicaStart.load(ReplicaStart.options(config, modelFile, place)))
                .compose(model -> node.serve(config, modelFile, place, model))
                .onSuccess(serving -> started.complete(node))
                .onFailure(failure -> node.close().onComplete(closed -> started.fail(failure)));
        return started.future();
    }

    private Future<Void> serve(NodeConfig config, Path modelFile, StagePlace place, LoadedModel model) {
        return StagePipeline.deploy(vertx, model.stages())
                .compose(pipeline -> vertx.executeBlocking(() -> ModelFingerprint.of(modelFile))
                        .map(fingerprint -> new StageServiceVerticle.Setup(
                                SocketAddress.inetSocketAddress(
                                        config.stages().port(), config.cluster().host()),
                                ClusterSetups.identity(config.cluster()),
                                StageTerms.of(fingerprint, place, model, config.limits()),
                                model.description(),
                                pipeline,
                                config.limits(),
                                () -> fatal.tryFail("the stage stopped working"))))
                .map(StageServiceVerticle::new)
                .compose(service -> vertx.deployVerticle(service).onSuccess(deployed -> port = service.port()))
                .mapEmpty();
    }

    /** TCP port that a head comes to. */
    public int port() {
        return port;
    }

    /** Fails when the stage has broken for good: the process should then end, for its supervisor to start it anew. */
    public Future<Void> fatal() {
        return fatal.future();
    }

    /** Its head withdraws until it is there again. */
    public Future<Void> close() {
        return vertx.close();
    }
}
