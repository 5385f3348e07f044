package io.millrace.verticles.app;

import io.millrace.api.ErrorCode;
import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelStage;
import io.millrace.verticles.app.config.NodeConfig;
import io.millrace.verticles.batching.Batcher;
import io.millrace.verticles.cluster.ClusterNode;
import io.millrace.verticles.peer.stage.ModelFingerprint;
import io.millrace.verticles.peer.stage.RemoteStages;
import io.millrace.verticles.peer.stage.StagePlace;
import io.millrace.verticles.peer.stage.StageTerms;
import io.millrace.verticles.stream.Replica;
import io.millrace.verticles.stream.Streams;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A replica whose later stages are on other nodes. While one of them is lost it takes nothing, and its streams have ended with an
 * error to try again, or go on on another node of the cluster; when all are there again it serves as before, with the same
 * first stage. Owned by one event loop, which hears of losses, too.
 */
final class StagedReplica {
    private static final Logger LOG = LoggerFactory.getLogger(StagedReplica.class);

    private final Vertx vertx;
    private final Context context;
    private final NodeConfig config;
    private final Streams streams;
    private final Optional<ClusterNode> cluster;
    private Optional<Serving> serving = Optional.empty();
    private boolean returning;
    private boolean stopped;
    private volatile Optional<RemoteStages> stages = Optional.empty();

    private record Serving(Replica.Ready ready, Batcher local) {}

    private record Head(LoadedModel model, String fingerprint) {}

    StagedReplica(Vertx vertx, NodeConfig config, Streams streams, Optional<ClusterNode> cluster) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.config = config;
        this.streams = streams;
        this.cluster = cluster;
    }

    /** Loads the first stage, then waits for the nodes of the others, for as long as it takes. */
    Future<LoadedModel> load(Path modelFile) {
        StagePlace first = new StagePlace(0, config.stages().list().size() + 1);
        return vertx.executeBlocking(() -> new Head(
                        ReplicaStart.load(ReplicaStart.options(config, modelFile, first)),
                        ModelFingerprint.of(modelFile)))
                .compose(head -> connect(head, first.count()).map(all -> whole(head.model(), all)));
    }

    private Future<RemoteStages> connect(Head head, int count) {
        Limits limits = config.limits();
        RemoteStages all = new RemoteStages(
                context,
                ClusterSetups.identity(config.cluster()),
                config.stages().list().stream().map(StagedReplica::address).toList(),
                index -> StageTerms.of(head.fingerprint(), new StagePlace(index, count), head.model(), limits),
                limits,
                this::lost);
        stages = Optional.of(all);
        return all.connect(() -> true).map(all);
    }

    private static SocketAddress address(String node) {
        int colon = node.lastIndexOf(':');
        return SocketAddress.inetSocketAddress(Integer.parseInt(node.substring(colon + 1)), node.substring(0, colon));
    }

    private static LoadedModel whole(LoadedModel head, RemoteStages others) {
        List<ModelStage> all = new ArrayList<>(head.stages());
        all.addAll(others.stages());
        return new LoadedModel(
                head.manifest(),
                head.tokenizer(),
                all,
                false,
                false, // messages between stages have no drafts
                head.prompts(),
                head.sharing(),
                head.deviceUse(),
                head.description() + "; then " + others);
    }

    /** @param local what runs the sequences of this replica; {@code ready} may hand them to other nodes */
    void serve(Replica.Ready ready, Batcher local) {
        context.runOnContext(now -> {
            serving = Optional.of(new Serving(ready, local));
            if (incomplete()) {
                lost("a stage was lost at the start");
            } else {
                streams.switchTo(ready);
            }
        });
    }

    /** Whether a stage is lost. Readable from any thread. */
    boolean incomplete() {
        return stages.filter(RemoteStages::connected).isEmpty();
    }

    /** It does not serve again. */
    Future<Void> stop() {
        Promise<Void> done = Promise.promise();
        context.runOnContext(now -> {
            stopped = true;
            done.complete();
        });
        return done.future();
    }

    private void lost(String why) {
        if (stopped) {
            return; // a head that closes loses its stages
        }
        LOG.error("{}", why);
        if (serving.isEmpty()) {
            return;
        }
        streams.switchTo(new Replica.Unready(why));
        cluster.ifPresent(nodes -> nodes.taking(false));
        // Those that no step was under way for, too: what the stage knew of them is gone.
        serving.get().local().endAll(Rejection.of(ErrorCode.UNAVAILABLE, why));
        if (!returning) {
            returning = true;
            stages.orElseThrow().connect(serving.get().local()::quiet).onSuccess(all -> back());
        }
    }

    private void back() {
        returning = false;
        if (!stopped) {
            LOG.info("all stages are there again");
            cluster.ifPresent(nodes -> nodes.taking(true));
            streams.switchTo(serving.orElseThrow().ready());
        }
    }
}
